import { SegmentedControl, Select, TextInput } from "@mantine/core"
import { useQuery, useQueryClient } from "@tanstack/react-query"
import { type ReactNode, useState } from "react"
import type { FlagNode } from "../../lib/api.ts"
import type { ChangeRequest, NewStep } from "../../lib/api-changes.ts"
import { call } from "../../lib/http.ts"
import { flags, invalidate } from "../../lib/queries.ts"
import { ReasonDialog } from "../../ui/reason-dialog.tsx"

interface PlanDialogProps {
  readonly env: string
  readonly opened: boolean
  readonly close: () => void
}

const here = Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC"

const keysOf = (tree: readonly FlagNode[]): readonly string[] =>
  tree.flatMap((f) => [f.key, ...keysOf(f.children)])

/** Gives turning a flag on or off a time, and turning it back another one if wanted. */
export function PlanDialog({ env, opened, close }: PlanDialogProps): ReactNode {
  const client = useQueryClient()
  const tree = useQuery(flags(env)).data ?? []
  const [key, setKey] = useState<string | null>(null)
  const [turn, setTurn] = useState("on")
  const [at, setAt] = useState("")
  const [back, setBack] = useState("")
  const [zone, setZone] = useState(here)
  const step = (when: string, on: boolean): NewStep => ({
    at: when,
    zone,
    edits: [{ flag: key ?? "", set: { enabled: on } }],
  })
  const plan = async (reason: string): Promise<void> => {
    const on = turn === "on"
    const steps = [step(at, on), ...(back ? [step(back, !on)] : [])]
    await call<ChangeRequest>("POST", `/environments/${encodeURIComponent(env)}/changes`, {
      reason,
      steps,
    })
    await invalidate(client, env, "changes")
  }
  return (
    <ReasonDialog
      ask={
        opened
          ? {
              title: "Plan a change",
              says: "Belay makes it at its time. Where approvals are needed, it is made only when it has them by then.",
              confirm: "Plan it",
              ready: key !== null && at !== "",
              act: plan,
            }
          : undefined
      }
      close={close}
    >
      <Select
        label="Flag"
        required
        searchable
        value={key}
        onChange={setKey}
        data={[...keysOf(tree)]}
        nothingFoundMessage="No such flag"
      />
      <SegmentedControl
        aria-label="What to do"
        value={turn}
        onChange={setTurn}
        data={[
          { value: "on", label: "Turn on" },
          { value: "off", label: "Turn off" },
        ]}
      />
      <TextInput
        label="When"
        type="datetime-local"
        required
        value={at}
        onChange={(e) => setAt(e.currentTarget.value)}
      />
      <TextInput
        label={`Turn it back ${turn === "on" ? "off" : "on"}`}
        description="May stay empty."
        type="datetime-local"
        value={back}
        onChange={(e) => setBack(e.currentTarget.value)}
      />
      <TextInput
        label="Time zone"
        value={zone}
        onChange={(e) => setZone(e.currentTarget.value)}
        required
      />
    </ReasonDialog>
  )
}
