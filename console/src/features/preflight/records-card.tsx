import { Button } from "@mantine/core"
import { useQueryClient } from "@tanstack/react-query"
import { type ReactNode, useState } from "react"
import type { DoneRecord } from "../../lib/api-preflight.ts"
import { call } from "../../lib/http.ts"
import { invalidate } from "../../lib/queries.ts"
import { Card } from "../../ui/card.tsx"
import { type Ask, ReasonDialog } from "../../ui/reason-dialog.tsx"
import { Empty } from "../../ui/states.tsx"
import { Status } from "../../ui/status.tsx"
import { When } from "../../ui/when.tsx"
import styles from "./preflight.module.css"

interface RecordsCardProps {
  readonly env: string
  readonly records: readonly DoneRecord[]
  readonly viewer: boolean
}

const kinds = {
  drill: { name: "Drill", says: "A rollback was practised today, on purpose." },
  backup: { name: "Restore", says: "A backup was restored today, and the data was whole." },
} as const

/** What was practised, newest first. */
export function RecordsCard({ env, records, viewer }: RecordsCardProps): ReactNode {
  const client = useQueryClient()
  const [ask, setAsk] = useState<Ask>()
  const record = (kind: DoneRecord["kind"]): Ask => ({
    title: `Record a ${kinds[kind].name.toLowerCase()}?`,
    says: `${kinds[kind].says} Write what was done and how long it took as the reason.`,
    confirm: "Record",
    act: async (note) => {
      const path = `/environments/${encodeURIComponent(env)}/checklist/records`
      await call("POST", path, { kind, note })
      await invalidate(client, env, "rollouts")
    },
  })
  return (
    <Card
      title="Practised"
      side={
        !viewer && (
          <>
            <Button size="compact-sm" variant="default" onClick={() => setAsk(record("drill"))}>
              Record a drill
            </Button>
            <Button size="compact-sm" variant="default" onClick={() => setAsk(record("backup"))}>
              Record a restore
            </Button>
          </>
        )
      }
      flush
    >
      {records.length === 0 ? (
        <Empty icon={null} title="Nothing was recorded yet" small>
          Who has never rolled back on purpose does so for the first time when it matters.
        </Empty>
      ) : (
        <ul className={styles.list}>
          {records.map((r) => (
            <li key={r.id} className={styles.line}>
              <Status tone="idle">{kinds[r.kind].name}</Status>
              <div className={styles.what}>
                {r.url ? <a href={r.url}>{r.note}</a> : r.note}
                <p className={styles.quiet}>
                  {r.by}, <When at={r.at} />
                </p>
              </div>
            </li>
          ))}
        </ul>
      )}
      <ReasonDialog ask={ask} close={() => setAsk(undefined)} />
    </Card>
  )
}
