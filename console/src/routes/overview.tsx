import { Button } from "@mantine/core"
import { IconShieldCheck, IconStairsUp } from "@tabler/icons-react"
import { useQuery } from "@tanstack/react-query"
import { getRouteApi, Link } from "@tanstack/react-router"
import type { ReactNode } from "react"
import { CommitRows } from "../features/change/commit-row.tsx"
import { IncidentRows } from "../features/incident/incident-row.tsx"
import { IssueRow } from "../features/issue/issue-row.tsx"
import { ClientsCard } from "../features/overview/clients-card.tsx"
import { DemoCard } from "../features/overview/demo-card.tsx"
import styles from "../features/overview/overview.module.css"
import { TrafficCard } from "../features/overview/traffic-card.tsx"
import { RolloutCard } from "../features/rollout/rollout-card.tsx"
import { ended } from "../features/rollout/words.ts"
import type { Overview } from "../lib/api.ts"
import { instance, overview } from "../lib/queries.ts"
import { Card } from "../ui/card.tsx"
import { Column, Columns } from "../ui/columns.tsx"
import { Page } from "../ui/page.tsx"
import { Empty, Loaded } from "../ui/states.tsx"

const route = getRouteApi("/$env/")

export function OverviewRoute(): ReactNode {
  const { env } = route.useParams()
  const query = useQuery(overview(env))
  const demo = useQuery(instance()).data?.demo
  return (
    <Page title="Overview">
      {demo && <DemoCard demo={demo} env={env} />}
      <Loaded query={query} bones={[190, 130, 260]}>
        {(o) => <Shown overview={o} env={env} />}
      </Loaded>
    </Page>
  )
}

/** At work first; of those that are over only the latest, so that its outcome is seen. */
function shownRollouts(all: Overview["rollouts"]): Overview["rollouts"] {
  const running = all.filter((r) => !ended(r))
  return running.length > 0 ? running : all.slice(0, 1)
}

function Shown({
  overview: o,
  env,
}: {
  readonly overview: Overview
  readonly env: string
}): ReactNode {
  const rollouts = shownRollouts(o.rollouts)
  return (
    <>
      {rollouts.length === 0 && <NoRollout env={env} />}
      {rollouts.map((r) => (
        <RolloutCard key={r.id} rollout={r} env={env} />
      ))}
      <Columns aside="third">
        <Column>
          <Card
            title="Incidents"
            note={o.incidents.length > 0 && `${o.incidents.length} not resolved`}
            side={
              <Link to="/$env/incidents" params={{ env }} className={styles.all}>
                All
              </Link>
            }
            flush
            {...(o.incidents.length > 0 ? { tone: "harm" as const } : {})}
          >
            {o.incidents.length === 0 ? (
              <p className={styles.calm}>
                <IconShieldCheck size={20} aria-hidden="true" />
                Nothing needs you. Belay opens an incident when it takes something back.
              </p>
            ) : (
              <IncidentRows incidents={o.incidents} env={env} />
            )}
          </Card>
          <Card
            title="Errors"
            note="last hour, most people first"
            side={
              <Link to="/$env/errors" params={{ env }} className={styles.all}>
                All
              </Link>
            }
            flush
          >
            {o.issues.length === 0 ? (
              <p className={styles.calm}>
                <IconShieldCheck size={20} aria-hidden="true" />
                Nobody met an error in the last hour.
              </p>
            ) : (
              o.issues.map((i) => <IssueRow key={i.fingerprint} issue={i} env={env} />)
            )}
          </Card>
        </Column>
        <Column>
          <ClientsCard clients={o.clients} />
          <TrafficCard traffic={o.traffic} clientKey={o.environment.client_key} />
          <Card
            title="Last changes"
            side={
              <Link to="/$env/audit" params={{ env }} className={styles.all}>
                All
              </Link>
            }
            flush
          >
            {o.commits.length === 0 ? (
              <p className={styles.calm}>No change yet.</p>
            ) : (
              <CommitRows commits={o.commits.slice(0, 6)} short />
            )}
          </Card>
        </Column>
      </Columns>
    </>
  )
}

function NoRollout({ env }: { readonly env: string }): ReactNode {
  return (
    <Card>
      <Empty
        icon={<IconStairsUp size={24} />}
        title="No rollout is running"
        action={
          <Button
            renderRoot={(props) => <Link to="/$env/rollouts/new" params={{ env }} {...props} />}
          >
            Plan a rollout
          </Button>
        }
      >
        Everybody gets what the flags say. Plan a rollout to turn the new version on for a few
        people first.
      </Empty>
    </Card>
  )
}
