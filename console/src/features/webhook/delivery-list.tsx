import { Button } from "@mantine/core"
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query"
import { type ReactNode, useState } from "react"
import type { Delivery, Webhook } from "../../lib/api-transfer.ts"
import { asProblem, call } from "../../lib/http.ts"
import { invalidate } from "../../lib/queries.ts"
import { deliveries } from "../../lib/queries-transfer.ts"
import { clockTime } from "../../lib/time.ts"
import { Empty, Loaded } from "../../ui/states.tsx"
import { Status } from "../../ui/status.tsx"
import { Trouble } from "../../ui/trouble.tsx"
import { When } from "../../ui/when.tsx"
import styles from "./webhook.module.css"

/** How many are shown before somebody asks for the rest. */
const fewest = 5

interface DeliveryListProps {
  readonly env: string
  readonly hook: Webhook
  readonly locked: boolean
}

/** What was sent to a webhook lately and what waits, newest first. */
export function DeliveryList({ env, hook, locked }: DeliveryListProps): ReactNode {
  const query = useQuery(deliveries(env, hook.id))
  const [all, setAll] = useState(false)
  return (
    <Loaded query={query} bones={[60]}>
      {(sent) =>
        sent.length === 0 ? (
          <Empty small icon={undefined} title="Nothing was sent yet">
            The next change of this kind is the first. A test says at once whether it answers.
          </Empty>
        ) : (
          <>
            <h3 className={styles.heading}>Last messages</h3>
            <ul className={styles.list}>
              {(all ? sent : sent.slice(0, fewest)).map((d) => (
                <Row key={d.id} env={env} hook={hook} delivery={d} locked={locked} />
              ))}
            </ul>
            {!all && sent.length > fewest && (
              <Button
                size="compact-sm"
                variant="subtle"
                className={styles.more ?? ""}
                onClick={() => setAll(true)}
              >
                Show {sent.length - fewest} older
              </Button>
            )}
          </>
        )
      }
    </Loaded>
  )
}

interface RowProps {
  readonly env: string
  readonly hook: Webhook
  readonly delivery: Delivery
  readonly locked: boolean
}

function Row({ env, hook, delivery: d, locked }: RowProps): ReactNode {
  const client = useQueryClient()
  const redeliver = useMutation({
    mutationFn: () => call("POST", `/webhooks/${hook.id}/deliveries/${d.id}/redeliver`),
    onSuccess: () => invalidate(client, env, "webhooks"),
  })
  const what = d.revision > 0 ? `Revision ${d.revision}` : "Test"
  return (
    <li className={styles.delivery} aria-label={what}>
      <Outcome delivery={d} />
      <div>
        <strong>{what}</strong>{" "}
        <span className={styles.quiet}>
          <When at={d.sent_at ?? d.created_at} />
        </span>
        <div className={styles.quiet}>{sayAttempt(d)}</div>
        {d.problem && <div className={styles.problem}>{d.problem}</div>}
        {d.excerpt && <code className={styles.excerpt}>{d.excerpt}</code>}
        {redeliver.isError && <Trouble problem={asProblem(redeliver.error)} />}
      </div>
      {!locked && (
        <Button
          size="compact-sm"
          variant="default"
          disabled={hook.disabled !== undefined}
          loading={redeliver.isPending}
          aria-label={`Send ${what.toLowerCase()} again`}
          onClick={() => redeliver.mutate()}
        >
          Send again
        </Button>
      )}
    </li>
  )
}

function Outcome({ delivery: d }: { readonly delivery: Delivery }): ReactNode {
  if (d.state === "delivered") return <Status tone="safe">Received</Status>
  if (d.attempts > 0 && d.problem) return <Status tone="harm">Not received</Status>
  return <Status tone="warn">Waits</Status>
}

function sayAttempt(d: Delivery): string {
  if (d.attempts === 0) return "It was not tried yet."
  const tries = d.attempts === 1 ? "one attempt" : `${d.attempts} attempts`
  const answer = d.status ? `It answered ${d.status} in ${d.latency_ms ?? 0} ms` : "No answer came"
  const next = d.state === "pending" ? `; the next one is at ${clockTime(new Date(d.next_at))}` : ""
  return `${answer}, after ${tries}${next}.`
}
