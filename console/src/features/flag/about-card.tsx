import { NumberInput, Select, Stack, Switch, TagsInput, Textarea, TextInput } from "@mantine/core"
import type { ReactNode } from "react"
import { Card } from "../../ui/card.tsx"
import { useFlagKeys } from "./flag-keys.ts"
import type { Editing } from "./flag-page.tsx"

/** What is written about a flag: for whom it is, who answers for it, what it hangs on. */
export function AboutCard({ flag, draft, set, locked }: Editing): ReactNode {
  const parents = useFlagKeys(flag)
  return (
    <Card title="About">
      <Stack gap="sm">
        <Textarea
          label="Description"
          value={draft.description}
          disabled={locked}
          maxLength={500}
          autosize
          minRows={2}
          onChange={(e) => set({ description: e.currentTarget.value })}
        />
        <TextInput
          label="Owner"
          description="A person, a team or an address: who is asked about it."
          value={draft.owner}
          disabled={locked}
          maxLength={200}
          onChange={(e) => set({ owner: e.currentTarget.value })}
        />
        <TagsInput
          label="Tags"
          description="permanent: it stays for good and is never stale."
          value={[...draft.tags]}
          disabled={locked}
          maxTags={50}
          onChange={(tags) => set({ tags })}
        />
        <Select
          label="Parent"
          description="Off there means off here."
          data={[...parents]}
          value={draft.parent || null}
          disabled={locked}
          clearable
          searchable
          onChange={(parent) => set({ parent: parent ?? "" })}
        />
        <Switch
          label="For servers only"
          description="Browsers do not get it, whatever they ask."
          checked={draft.serverOnly}
          disabled={locked}
          onChange={(e) => set({ serverOnly: e.currentTarget.checked })}
        />
        <TextInput
          label="Experiment"
          description="The name under which exposures are counted; empty for none."
          value={draft.experiment}
          disabled={locked}
          maxLength={150}
          onChange={(e) => set({ experiment: e.currentTarget.value })}
        />
        {draft.experiment !== "" && (
          <NumberInput
            label="Number of the experiment"
            description={`Clients send it with each exposure. 0 for the flag's own, ${flag.number}.`}
            value={draft.experimentNumber}
            disabled={locked}
            min={0}
            allowDecimal={false}
            onChange={(n) => set({ experimentNumber: Number(n) })}
          />
        )}
      </Stack>
    </Card>
  )
}
