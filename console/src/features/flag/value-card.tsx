import { Stack, Switch } from "@mantine/core"
import type { ReactNode } from "react"
import { Card } from "../../ui/card.tsx"
import type { Editing } from "./flag-page.tsx"
import { TypedValue } from "./typed-value.tsx"

/** Whether the flag is on, and what people get where it is. */
export function ValueCard({ flag, page, draft, set, locked }: Editing): ReactNode {
  const off = page.ancestors.find((a) => !a.enabled)
  const split = flag.split
  const says = off
    ? `Its parent ${off.key} is off, so it is off for everybody.`
    : split
      ? `A rollout has turned it on for ${split.percent} % of people.`
      : draft.enabled
        ? "Everybody has it, but for the overrides below."
        : "Nobody has it, but for the overrides below."
  return (
    <Card title="State">
      <Stack gap="sm">
        <Switch
          label={draft.enabled ? "On" : "Off"}
          description={says}
          checked={draft.enabled}
          disabled={locked}
          color="safe"
          onChange={(e) => set({ enabled: e.currentTarget.checked })}
        />
        {flag.type !== "boolean" && (
          <TypedValue
            type={flag.type}
            label={draft.variants.length > 0 ? "Value of control" : "Value"}
            text={draft.text}
            change={(text) => set({ text })}
            locked={locked}
          />
        )}
      </Stack>
    </Card>
  )
}
