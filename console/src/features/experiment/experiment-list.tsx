import { Button } from "@mantine/core"
import { IconFlask, IconPlus } from "@tabler/icons-react"
import { useQuery } from "@tanstack/react-query"
import { Link } from "@tanstack/react-router"
import type { ReactNode } from "react"
import type { Experiment } from "../../lib/api-experiments.ts"
import { session } from "../../lib/queries.ts"
import { experiments } from "../../lib/queries-experiments.ts"
import { Card } from "../../ui/card.tsx"
import { Page } from "../../ui/page.tsx"
import { Empty, Loaded } from "../../ui/states.tsx"
import { Status } from "../../ui/status.tsx"
import { When } from "../../ui/when.tsx"
import styles from "./experiment.module.css"

/** Every experiment, running ones first. */
export function ExperimentList({ env }: { readonly env: string }): ReactNode {
  const query = useQuery(experiments(env))
  const viewer = useQuery(session()).data?.role === "viewer"
  const add = viewer ? null : (
    <Button
      leftSection={<IconPlus size={17} />}
      renderRoot={(props) => <Link to="/$env/experiments/new" params={{ env }} {...props} />}
    >
      New experiment
    </Button>
  )
  return (
    <Page
      title="Experiments"
      lead="Which variant of a flag is better, by what people do. You may look at any time."
      actions={add}
      narrow
    >
      <Loaded query={query} bones={[90, 90, 90]}>
        {(all) =>
          all.length === 0 ? (
            <Card>
              <Empty icon={<IconFlask size={24} />} title="No experiments yet" action={add}>
                Give a flag two variants, say what should get better and what must not get worse,
                and Belay says how many people it takes and what came of it.
              </Empty>
            </Card>
          ) : (
            <Card flush>
              <ul className={styles.list}>
                {all.map((e) => (
                  <Row key={e.id} env={env} experiment={e} />
                ))}
              </ul>
            </Card>
          )
        }
      </Loaded>
    </Page>
  )
}

function Row({
  env,
  experiment,
}: {
  readonly env: string
  readonly experiment: Experiment
}): ReactNode {
  const running = experiment.state === "running"
  return (
    <li className={styles.row}>
      <div className={styles.rowTop}>
        <Link
          to="/$env/experiments/$id"
          params={{ env, id: experiment.id }}
          className={styles.name ?? ""}
        >
          {experiment.name}
        </Link>
        <Status tone={running ? "live" : "idle"}>{running ? "running" : "stopped"}</Status>
      </div>
      <div className={styles.says}>
        {experiment.arms.map((a) => a.key).join(" against ")} on <code>{experiment.flag}</code>
      </div>
      <div className={styles.quiet}>
        {running ? (
          <>
            since <When at={experiment.started_at} />
          </>
        ) : (
          <>
            stopped <When at={experiment.stopped_at ?? experiment.started_at} />
            {experiment.conclusion && `: ${experiment.conclusion}`}
          </>
        )}
      </div>
    </li>
  )
}
