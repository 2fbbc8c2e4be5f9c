import { Checkbox, SegmentedControl, Stack } from "@mantine/core"
import { type ReactNode, useEffect, useState } from "react"
import type { Rollout } from "../../lib/api.ts"
import { ReasonDialog } from "../../ui/reason-dialog.tsx"
import type { Send } from "./acts.ts"
import { sayList } from "./words.ts"

/** The word that confirms a full rollback. */
const word = "roll back"

const reasons = ["People report errors", "Support is overrun", "Data looks wrong", "Drill"] as const

/** What is to go back: everything or these. */
export type Target = "all" | readonly string[]

interface RollBackDialogProps {
  readonly rollout: Rollout
  /** What was asked for; undefined keeps the dialog shut. */
  readonly target: Target | undefined
  readonly close: () => void
  readonly send: Send
}

/** Asks what to take back and why. Everything needs a typed word; single components do not. */
export function RollBackDialog({ rollout, target, close, send }: RollBackDialogProps): ReactNode {
  const [chosen, choose] = useState<Target>("all")
  useEffect(() => {
    if (target) choose(target)
  }, [target])
  const on = rollout.components.filter((c) => !rollout.lost.some((l) => l.component === c))
  const all = chosen === "all"
  const none = !all && chosen.length === 0
  return (
    <ReasonDialog
      ask={
        target && {
          title: "Roll back",
          says: all
            ? "Everybody gets the old version back, in open pages within seconds. The rollout ends. What people have typed stays."
            : none
              ? "Choose what goes back."
              : `${sayList(chosen)} goes back to the old version, in open pages within seconds. The rest of the rollout goes on. What people have typed stays.`,
          confirm: all
            ? "Roll everything back"
            : `Roll back ${chosen.length === 1 ? chosen[0] : `${chosen.length} components`}`,
          danger: true,
          typed: all ? word : undefined,
          reasons,
          ready: !none,
          act: (reason) => send("rollback", reason, all ? undefined : chosen),
        }
      }
      close={close}
    >
      {on.length > 0 && (
        <Stack gap="xs">
          <SegmentedControl
            fullWidth
            aria-label="What goes back"
            value={all ? "all" : "some"}
            onChange={(v) => choose(v === "all" ? "all" : [])}
            data={[
              { value: "all", label: "Everything" },
              { value: "some", label: "Some components" },
            ]}
          />
          {!all && (
            <Checkbox.Group aria-label="Components" value={[...chosen]} onChange={(v) => choose(v)}>
              <Stack gap={8}>
                {on.map((c) => (
                  <Checkbox key={c} value={c} label={c} />
                ))}
              </Stack>
            </Checkbox.Group>
          )}
        </Stack>
      )}
    </ReasonDialog>
  )
}
