import { Button, Group, Stack, Textarea } from "@mantine/core"
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query"
import { Link } from "@tanstack/react-router"
import { type FormEvent, type ReactNode, useState } from "react"
import type { Entry, Incident, IncidentNote } from "../../lib/api.ts"
import { asProblem, call } from "../../lib/http.ts"
import { incident, invalidate, session } from "../../lib/queries.ts"
import { clockTime, fullTime } from "../../lib/time.ts"
import { Card } from "../../ui/card.tsx"
import { Page } from "../../ui/page.tsx"
import { type Ask, ReasonDialog } from "../../ui/reason-dialog.tsx"
import { Loaded } from "../../ui/states.tsx"
import { Status } from "../../ui/status.tsx"
import { Trouble } from "../../ui/trouble.tsx"
import { When } from "../../ui/when.tsx"
import styles from "./incident.module.css"
import { Severity } from "./incident-row.tsx"
import { nextOf, severityWords, statusWords } from "./words.ts"

interface IncidentViewProps {
  readonly env: string
  readonly id: string
}

/** One incident with everything that happened, and the way to move it on. */
export function IncidentView({ env, id }: IncidentViewProps): ReactNode {
  const query = useQuery(incident(env, id))
  const viewer = useQuery(session()).data?.role === "viewer"
  const client = useQueryClient()
  const [ask, setAsk] = useState<Ask>()
  const found = query.data
  const write = async (note: IncidentNote): Promise<void> => {
    await call<Incident>("PATCH", `/incidents/${encodeURIComponent(id)}`, note)
    await invalidate(client, env, "incidents")
  }
  return (
    <Page
      title={found ? found.title : "Incident"}
      mark={
        found && (
          <>
            <Severity of={found.severity} />
            <Status tone={statusWords[found.status].tone}>{statusWords[found.status].text}</Status>
          </>
        )
      }
      lead={
        found && (
          <>
            INC-{found.number}, {severityWords[found.severity]}. Opened{" "}
            <When at={found.opened_at} />.{" "}
            {found.rollout && (
              <Link to="/$env/rollouts/$id" params={{ env, id: found.rollout }}>
                See the rollout
              </Link>
            )}
          </>
        )
      }
      back={{ to: `/${env}/incidents`, label: "Incidents" }}
      actions={
        found &&
        !viewer &&
        nextOf(found.status).map(({ to, label }, i) => (
          <Button
            key={to}
            variant={i === 0 ? "filled" : "default"}
            onClick={() =>
              setAsk({
                title: label,
                says: `The incident becomes: ${statusWords[to].text.toLowerCase()}.`,
                confirm: label,
                reasons: to === "acknowledged" ? ["Looking at it now"] : ["Verified"],
                act: (text) => write({ text, status: to }),
              })
            }
          >
            {label}
          </Button>
        ))
      }
      narrow
    >
      <Loaded query={query} bones={[300, 140]}>
        {(i) => (
          <>
            <Card title="Timeline" note="oldest first; lines are never changed">
              <ol className={styles.timeline}>
                {i.timeline.map((entry) => (
                  <Line key={`${entry.at} ${entry.text}`} entry={entry} />
                ))}
              </ol>
            </Card>
            {!viewer && <NoteForm write={write} />}
          </>
        )}
      </Loaded>
      <ReasonDialog ask={ask} close={() => setAsk(undefined)} />
    </Page>
  )
}

function Line({ entry }: { readonly entry: Entry }): ReactNode {
  return (
    <li className={styles.entry}>
      <time className={styles.time} dateTime={entry.at} title={fullTime(entry.at)}>
        {clockTime(entry.at)}
      </time>
      <div>
        <p className={styles.text}>{entry.text}</p>
        <span className={styles.by}>
          {entry.by}, <When at={entry.at} />
        </span>
        {entry.evidence !== undefined && entry.evidence !== null && (
          <details className={styles.evidence}>
            <summary>Evidence</summary>
            {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
            <pre tabIndex={0}>{JSON.stringify(entry.evidence, null, 2)}</pre>
          </details>
        )}
      </div>
    </li>
  )
}

function NoteForm({ write }: { readonly write: (note: IncidentNote) => Promise<void> }): ReactNode {
  const [text, setText] = useState("")
  const add = useMutation({
    mutationFn: () => write({ text: text.trim() }),
    onSuccess: () => setText(""),
  })
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    if (text.trim()) add.mutate()
  }
  return (
    <Card title="Add to the timeline">
      <form onSubmit={submit}>
        <Stack gap="sm">
          <Textarea
            aria-label="What happened"
            placeholder="What you saw, tried, or told to whom"
            value={text}
            onChange={(e) => setText(e.currentTarget.value)}
            autosize
            minRows={2}
            maxLength={5000}
          />
          {add.isError && <Trouble problem={asProblem(add.error)} />}
          <Group justify="flex-end">
            <Button type="submit" variant="default" disabled={!text.trim()} loading={add.isPending}>
              Add
            </Button>
          </Group>
        </Stack>
      </form>
    </Card>
  )
}
