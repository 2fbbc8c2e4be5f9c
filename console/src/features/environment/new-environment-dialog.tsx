import { Select, TextInput } from "@mantine/core"
import { notifications } from "@mantine/notifications"
import { useQueryClient } from "@tanstack/react-query"
import { useNavigate } from "@tanstack/react-router"
import { type ReactNode, useState } from "react"
import type { SetUpEnvironment } from "../../lib/api-flags.ts"
import { call } from "../../lib/http.ts"
import { ReasonDialog } from "../../ui/reason-dialog.tsx"

interface NewEnvironmentDialogProps {
  readonly opened: boolean
  readonly close: () => void
  readonly all: readonly SetUpEnvironment[]
}

/** Makes an environment, empty or as a copy of another. */
export function NewEnvironmentDialog({ opened, close, all }: NewEnvironmentDialogProps): ReactNode {
  const client = useQueryClient()
  const go = useNavigate()
  const [key, setKey] = useState("")
  const [name, setName] = useState("")
  const [copy, setCopy] = useState<string | null>(null)
  const make = async (reason: string): Promise<void> => {
    const made = await call<SetUpEnvironment>("POST", "/environments", {
      key: key.trim(),
      name: name.trim(),
      ...(copy ? { copy } : {}),
      reason,
    })
    notifications.show({ message: `${made.name} was made.`, color: "safe" })
    await client.invalidateQueries({ queryKey: ["environments"] })
    await go({ to: "/$env/environments", params: { env: made.key } })
    setKey("")
    setName("")
    setCopy(null)
  }
  return (
    <ReasonDialog
      ask={
        opened
          ? {
              title: "New environment",
              says: copy
                ? "It begins with the flags, segments and settings of that one. Splits of rollouts are not copied."
                : "It gets every flag of the project, switched off.",
              confirm: "Make the environment",
              ready: name.trim() !== "" && /^[a-z0-9][a-z0-9-]*$/.test(key.trim()),
              act: make,
            }
          : undefined
      }
      close={close}
    >
      <TextInput
        label="Environment name"
        value={name}
        maxLength={100}
        required
        onChange={(e) => setName(e.currentTarget.value)}
      />
      <TextInput
        label="Key"
        description="Small letters, digits and dashes; it stands in addresses and commands."
        value={key}
        maxLength={50}
        required
        onChange={(e) => setKey(e.currentTarget.value)}
      />
      <Select
        label="Begin as a copy of"
        placeholder="nothing: every flag is off"
        data={all.map((e) => ({ value: e.key, label: e.name }))}
        value={copy}
        clearable
        onChange={setCopy}
      />
    </ReasonDialog>
  )
}
