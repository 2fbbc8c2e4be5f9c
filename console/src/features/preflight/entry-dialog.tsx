import { TextInput } from "@mantine/core"
import { useQuery } from "@tanstack/react-query"
import { type ReactNode, useEffect, useState } from "react"
import { call } from "../../lib/http.ts"
import { rolloutChecklist } from "../../lib/queries-preflight.ts"
import { type Ask, ReasonDialog } from "../../ui/reason-dialog.tsx"
import { shortestReason } from "../../ui/reason-field.tsx"
import styles from "./preflight.module.css"

interface EntryDialogProps {
  readonly env: string
  readonly rollout: string
  readonly ask: Ask | undefined
  /** The act enters a phase, which the checklist stands before. */
  readonly enters: boolean
  readonly close: () => void
}

/** Asks why, like every act; where a red checklist stands before it, also why it goes on all the same. */
export function EntryDialog({ env, rollout, ask, enters, close }: EntryDialogProps): ReactNode {
  const report = useQuery(rolloutChecklist(env, rollout)).data
  const [override, setOverride] = useState("")
  useEffect(() => {
    if (ask === undefined) setOverride("")
  }, [ask])
  const red = enters ? (report?.lines.filter((l) => l.state === "red") ?? []) : []
  if (!ask || red.length === 0) return <ReasonDialog ask={ask} close={close} />
  const why = override.trim()
  const guarded: Ask = {
    ...ask,
    danger: true,
    ready: why.length >= shortestReason,
    confirm: `${ask.confirm} although red`,
    act: async (reason) => {
      await call("POST", `/rollouts/${encodeURIComponent(rollout)}/checklist/override`, {
        reason: why,
      })
      return ask.act(reason)
    },
  }
  return (
    <ReasonDialog ask={guarded} close={close}>
      <div className={styles.red}>
        <strong>The checklist is red</strong>
        <ul>
          {red.map((l) => (
            <li key={l.key}>
              {l.title}: {l.text}
            </li>
          ))}
        </ul>
      </div>
      <TextInput
        label="Why it goes on all the same"
        description="Kept as a decision of its own, with your name and what was missing."
        value={override}
        onChange={(e) => setOverride(e.currentTarget.value)}
        maxLength={500}
        autoComplete="off"
        required
      />
    </ReasonDialog>
  )
}
