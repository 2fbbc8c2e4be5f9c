import { Button, Checkbox, Group, Modal, Select, Stack, TextInput } from "@mantine/core"
import { notifications } from "@mantine/notifications"
import { useMutation, useQueryClient } from "@tanstack/react-query"
import { type FormEvent, type ReactNode, useState } from "react"
import type { Flag, FlagType, NewFlag } from "../../lib/api.ts"
import { asProblem, call } from "../../lib/http.ts"
import { invalidate } from "../../lib/queries.ts"
import { ReasonField, shortestReason } from "../../ui/reason-field.tsx"
import { Trouble } from "../../ui/trouble.tsx"
import { readValue, ValueInput } from "./value-dialog.tsx"

interface NewFlagDialogProps {
  readonly env: string
  readonly opened: boolean
  readonly close: () => void
  /** Keys that can be a parent. */
  readonly parents: readonly string[]
}

/** Makes a flag. */
export function NewFlagDialog({ env, opened, close, parents }: NewFlagDialogProps): ReactNode {
  return (
    <Modal opened={opened} onClose={close} title={<strong>New flag</strong>}>
      <Form env={env} close={close} parents={parents} />
    </Modal>
  )
}

const types: readonly { readonly value: FlagType; readonly label: string }[] = [
  { value: "boolean", label: "Boolean: on or off" },
  { value: "string", label: "Text" },
  { value: "number", label: "Number" },
  { value: "json", label: "JSON" },
]

function Form({ env, close, parents }: Omit<NewFlagDialogProps, "opened">): ReactNode {
  const client = useQueryClient()
  const [key, setKey] = useState("")
  const [description, setDescription] = useState("")
  const [type, setType] = useState<FlagType>("boolean")
  const [text, setText] = useState("")
  const [parent, setParent] = useState<string | null>(null)
  const [enabled, setEnabled] = useState(false)
  const [reason, setReason] = useState("")
  const value = type === "boolean" ? undefined : readValue(type, text)
  const make = useMutation({
    mutationFn: (wanted: NewFlag) =>
      call<Flag>("POST", `/environments/${encodeURIComponent(env)}/flags`, wanted),
    onSuccess: async (made) => {
      notifications.show({ message: `${made.key} was made.`, color: "safe" })
      close()
      await invalidate(client, env, "flags")
    },
  })
  const problem = make.isError ? asProblem(make.error) : undefined
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    make.mutate({
      key: key.trim(),
      description: description.trim(),
      type,
      enabled,
      reason: reason.trim(),
      ...(parent ? { parent } : {}),
      ...(value ? { value: value.json } : {}),
    })
  }
  return (
    <form onSubmit={submit}>
      <Stack gap="sm">
        <TextInput
          label="Key"
          description="Small letters, digits, dots, dashes; pages ask for it by this."
          value={key}
          onChange={(e) => setKey(e.currentTarget.value)}
          pattern="[a-z0-9][a-z0-9._\-]*"
          maxLength={150}
          error={problem?.field("key")}
          required
          data-autofocus
        />
        <TextInput
          label="Description"
          value={description}
          onChange={(e) => setDescription(e.currentTarget.value)}
          maxLength={500}
        />
        <Select
          label="Kind"
          data={types}
          value={type}
          allowDeselect={false}
          onChange={(v) => setType((v ?? "boolean") as FlagType)}
        />
        {type !== "boolean" && <ValueInput type={type} text={text} setText={setText} />}
        <Select
          label="Parent"
          description="Off there means off here."
          data={[...parents]}
          value={parent}
          onChange={setParent}
          clearable
          searchable
        />
        <Checkbox
          label="On from the beginning"
          checked={enabled}
          onChange={(e) => setEnabled(e.currentTarget.checked)}
        />
        <ReasonField value={reason} change={setReason} minLength={shortestReason} />
        {problem && <Trouble problem={problem} />}
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={close}>
            Leave it
          </Button>
          <Button
            type="submit"
            loading={make.isPending}
            disabled={type !== "boolean" && value === undefined}
          >
            Make the flag
          </Button>
        </Group>
      </Stack>
    </form>
  )
}
