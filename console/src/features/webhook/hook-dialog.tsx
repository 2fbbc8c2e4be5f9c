import { Checkbox, Stack, TextInput } from "@mantine/core"
import { useQueryClient } from "@tanstack/react-query"
import { type ReactNode, useState } from "react"
import type { Webhook, WebhookSecret } from "../../lib/api-transfer.ts"
import { call } from "../../lib/http.ts"
import { invalidate } from "../../lib/queries.ts"
import { inEnvironment } from "../../lib/queries-flags.ts"
import { ReasonDialog } from "../../ui/reason-dialog.tsx"
import { kinds, sayKind } from "./words.ts"

interface HookDialogProps {
  readonly env: string
  readonly opened: boolean
  readonly close: () => void
  /** The webhook to change; absent to add one. */
  readonly hook?: Webhook
  /** Told of a new one, whose secret is shown once. */
  readonly made?: (hook: WebhookSecret) => void
}

const usual = ["flag.", "segment.", "rollout.", "incident."]

/** Says where a webhook is and what it is told about. */
export function HookDialog({ env, opened, close, hook, made }: HookDialogProps): ReactNode {
  const client = useQueryClient()
  const [url, setURL] = useState(hook?.url ?? "")
  const [description, setDescription] = useState(hook?.description ?? "")
  const [wanted, setWanted] = useState<string[]>([...(hook?.kinds ?? usual)])
  const offered = [
    ...kinds,
    ...(hook?.kinds ?? [])
      .filter((k) => sayKind(k) === k)
      .map((value) => ({ value, label: `only ${value}` })),
  ]
  const save = async (reason: string): Promise<void> => {
    const body = { url: url.trim(), description: description.trim(), kinds: wanted, reason }
    if (hook) {
      await call<Webhook>("PATCH", `/webhooks/${hook.id}`, body)
    } else {
      made?.(await call<WebhookSecret>("POST", inEnvironment(env, "/webhooks"), body))
      setURL("")
      setDescription("")
      setWanted([...usual])
    }
    await invalidate(client, env, "webhooks")
  }
  return (
    <ReasonDialog
      ask={
        opened
          ? {
              title: hook ? "Change the webhook" : "Add a webhook",
              says: hook
                ? "What waits goes to the new address too."
                : "It is told of what changes from now on. Its secret is shown once, after this.",
              confirm: hook ? "Save the webhook" : "Add the webhook",
              ready: url.trim() !== "" && wanted.length > 0,
              act: save,
            }
          : undefined
      }
      close={close}
    >
      <TextInput
        label="Address"
        placeholder="https://"
        type="url"
        required
        maxLength={2000}
        value={url}
        onChange={(e) => setURL(e.currentTarget.value)}
      />
      <TextInput
        label="What it is for"
        maxLength={200}
        value={description}
        onChange={(e) => setDescription(e.currentTarget.value)}
      />
      <Checkbox.Group label="It is told of changes of" value={wanted} onChange={setWanted}>
        <Stack gap={6} mt={6}>
          {offered.map((k) => (
            <Checkbox key={k.value} value={k.value} label={k.label} />
          ))}
        </Stack>
      </Checkbox.Group>
    </ReasonDialog>
  )
}
