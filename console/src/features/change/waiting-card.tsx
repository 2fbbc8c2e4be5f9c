import { useQuery } from "@tanstack/react-query"
import { Link } from "@tanstack/react-router"
import type { ReactNode } from "react"
import type { ChangeRequest } from "../../lib/api-changes.ts"
import { asProblem } from "../../lib/http.ts"
import { openChanges } from "../../lib/queries-changes.ts"
import { Card } from "../../ui/card.tsx"
import { Status } from "../../ui/status.tsx"
import { Trouble } from "../../ui/trouble.tsx"
import styles from "./change.module.css"
import { sayWaits, states, upper } from "./request-words.ts"

interface WaitingCardProps {
  readonly env: string
  readonly flagKey: string
}

/** The changes of a flag that are not made yet. Shows nothing when there are none. */
export function WaitingCard({ env, flagKey }: WaitingCardProps): ReactNode {
  const query = useQuery(openChanges(env))
  if (query.isError) return <Trouble problem={asProblem(query.error)} />
  const waiting = (query.data ?? []).filter((r) => touches(r, flagKey))
  if (waiting.length === 0) return null
  return (
    <Card title="Not made yet" note={String(waiting.length)} tone="warn" flush>
      <ul className={styles.list}>
        {waiting.map((r) => (
          <li key={r.id} className={styles.request}>
            <div>
              <Link to="/$env/changes/$id" params={{ env, id: r.id }} className={styles.what}>
                {upper(r.title)}
              </Link>
              <div>{sayWaits(r)}</div>
              <div className={styles.reason}>
                {r.by.name}: {r.reason}
              </div>
            </div>
            <div className={styles.when}>
              <Status tone={states[r.state].tone}>{states[r.state].text}</Status>
            </div>
          </li>
        ))}
      </ul>
    </Card>
  )
}

/** Whether a step that is not made yet changes the flag. */
const touches = (r: ChangeRequest, flagKey: string): boolean =>
  r.steps.some(
    (s) =>
      !s.applied_at && s.changes.some((c) => c.kind.startsWith("flag.") && c.subject === flagKey),
  )
