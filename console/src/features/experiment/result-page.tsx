import { Button } from "@mantine/core"
import { notifications } from "@mantine/notifications"
import { IconDownload, IconPlayerStopFilled } from "@tabler/icons-react"
import { useQuery, useQueryClient } from "@tanstack/react-query"
import { Link } from "@tanstack/react-router"
import { type ReactNode, useState } from "react"
import type { ExperimentResult } from "../../lib/api-experiments.ts"
import { call } from "../../lib/http.ts"
import { count, percent } from "../../lib/number.ts"
import { invalidate, session } from "../../lib/queries.ts"
import { experiment, experimentAt } from "../../lib/queries-experiments.ts"
import { Card } from "../../ui/card.tsx"
import { Column, Columns } from "../../ui/columns.tsx"
import { Page } from "../../ui/page.tsx"
import { type Ask, ReasonDialog } from "../../ui/reason-dialog.tsx"
import { Loaded } from "../../ui/states.tsx"
import { Status } from "../../ui/status.tsx"
import { Table } from "../../ui/table.tsx"
import { When } from "../../ui/when.tsx"
import styles from "./experiment.module.css"
import { MetricCard } from "./metric-card.tsx"
import { outcomeTones } from "./words.ts"

interface ViewProps {
  readonly env: string
  readonly id: string
}

/** What an experiment says: the answer first, then what it rests on. */
export function ExperimentView({ env, id }: ViewProps): ReactNode {
  const query = useQuery(experiment(env, id))
  if (!query.data) {
    return (
      <Page title="Experiment" back={{ to: `/${env}/experiments`, label: "Experiments" }}>
        <Loaded query={query} bones={[120, 320, 260]}>
          {() => null}
        </Loaded>
      </Page>
    )
  }
  return (
    <Loaded query={query} bones={[]}>
      {(result) => <Shown result={result} env={env} />}
    </Loaded>
  )
}

function Shown({
  result,
  env,
}: {
  readonly result: ExperimentResult
  readonly env: string
}): ReactNode {
  const client = useQueryClient()
  const viewer = useQuery(session()).data?.role === "viewer"
  const [ask, setAsk] = useState<Ask>()
  const running = result.state === "running"
  const stop = async (reason: string): Promise<void> => {
    await call("POST", experimentAt(result.id, "/stop"), { reason })
    notifications.show({ message: "Stopped. People keep their variants.", color: "safe" })
    await Promise.all([invalidate(client, env, "experiments"), invalidate(client, env, "flags")])
  }
  const askToStop = (): void =>
    setAsk({
      title: `Stop ${result.name}?`,
      says: "The result stays as it is now. People keep the variants they have, until somebody changes the flag.",
      confirm: "Stop it",
      reasons: ["The answer is clear", "No difference that matters", "It was set up wrongly"],
      act: stop,
    })
  return (
    <Page
      title={result.name}
      mark={<Status tone={running ? "live" : "idle"}>{running ? "running" : "stopped"}</Status>}
      lead={
        <>
          Flag{" "}
          <Link to="/$env/flags/$key" params={{ env, key: result.flag }}>
            {result.flag}
          </Link>
          , started <When at={result.started_at} /> by {result.started_by}
          {result.stopped_at && (
            <>
              , stopped <When at={result.stopped_at} /> by {result.stopped_by}
            </>
          )}
        </>
      }
      back={{ to: `/${env}/experiments`, label: "Experiments" }}
      actions={
        <>
          <Button
            component="a"
            variant="default"
            leftSection={<IconDownload size={17} />}
            href={`/api/v1${experimentAt(result.id, "/report.html")}`}
            download={`${result.name}.html`}
          >
            Page to send
          </Button>
          {running && (
            <Button
              leftSection={<IconPlayerStopFilled size={15} />}
              disabled={viewer}
              onClick={askToStop}
            >
              Stop
            </Button>
          )}
        </>
      }
    >
      <Answer result={result} />
      <Columns>
        <Column>
          {result.measures.map((m) => (
            <MetricCard key={m.title} metric={m} />
          ))}
        </Column>
        <Column>
          <PeopleCard result={result} />
          <AboutCard result={result} />
        </Column>
      </Columns>
      <ReasonDialog ask={ask} close={() => setAsk(undefined)} />
    </Page>
  )
}

function Answer({ result }: { readonly result: ExperimentResult }): ReactNode {
  return (
    <section
      className={styles.answer}
      style={{ ["--tone" as string]: `var(--${outcomeTones[result.verdict.outcome]})` }}
      aria-label="What it says"
      aria-live="polite"
    >
      <p className={styles.verdict}>{result.verdict.text}</p>
      <p className={styles.next}>{result.verdict.next}</p>
      {result.conclusion && (
        <p className={styles.next}>
          <strong>What was made of it:</strong> {result.conclusion}
        </p>
      )}
    </section>
  )
}

function PeopleCard({ result }: { readonly result: ExperimentResult }): ReactNode {
  const { people } = result
  return (
    <Card title="Who was counted" note={`${count(people.all)} people`}>
      <Table>
        <thead>
          <tr>
            <th scope="col">Variant</th>
            <th scope="col">Share</th>
            <th scope="col">People</th>
            <th scope="col">Expected</th>
          </tr>
        </thead>
        <tbody>
          {people.arms.map((a) => (
            <tr key={a.key}>
              <th scope="row">{a.key}</th>
              <td data-head="Share">{percent(100 * a.share)}</td>
              <td data-head="People">{count(a.people)}</td>
              <td data-head="Expected">{count(a.expected)}</td>
            </tr>
          ))}
        </tbody>
      </Table>
      <p className={styles.quiet}>
        <Status plain tone={people.fair ? "safe" : "harm"}>
          {people.fair ? "split as planned" : "not split as planned"}
        </Status>
      </p>
      {result.notes.length > 0 && (
        <ul className={styles.notes}>
          {result.notes.map((n) => (
            <li key={n}>{n}</li>
          ))}
        </ul>
      )}
      <p className={styles.quiet}>
        A person counts in the variant they saw first. Each range holds with{" "}
        {percent(100 * result.confidence)} certainty, however often you look.
      </p>
    </Card>
  )
}

function AboutCard({ result }: { readonly result: ExperimentResult }): ReactNode {
  const done = result.planned > 0 ? Math.min(1, result.people.all / result.planned) : 1
  return (
    <Card title="The plan">
      {result.hypothesis && <p className={styles.says}>{result.hypothesis}</p>}
      <p className={styles.quiet}>
        {count(result.people.all)} of {count(result.planned)} planned people ({percent(100 * done)})
      </p>
      <div className={styles.meter} aria-hidden="true">
        <i style={{ width: `${100 * done}%` }} />
      </div>
      <p className={styles.quiet}>
        Counted <When at={result.at} />.
      </p>
    </Card>
  )
}
