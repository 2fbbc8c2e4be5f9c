import { JsonInput, NumberInput, TextInput } from "@mantine/core"
import { type ReactNode, useEffect, useState } from "react"
import type { FlagNode, FlagType } from "../../lib/api.ts"
import { ReasonDialog } from "../../ui/reason-dialog.tsx"
import type { Change } from "./change.ts"

interface ValueDialogProps {
  /** Whose value is to change; undefined keeps the dialog shut. */
  readonly flag: FlagNode | undefined
  readonly close: () => void
  readonly change: Change
}

/** Changes the value of a string, number or JSON flag. */
export function ValueDialog({ flag, close, change }: ValueDialogProps): ReactNode {
  const [text, setText] = useState("")
  useEffect(() => {
    if (flag) setText(textOf(flag.type, flag.value))
  }, [flag])
  const value = flag ? readValue(flag.type, text) : undefined
  return (
    <ReasonDialog
      ask={
        flag && {
          title: `Value of ${flag.key}`,
          says: "Open pages have the new value within seconds.",
          confirm: "Change the value",
          ready: value !== undefined,
          act: (reason) => change(flag.key, { value: value?.json, reason }),
        }
      }
      close={close}
    >
      <ValueInput type={flag?.type ?? "string"} text={text} setText={setText} />
    </ReasonDialog>
  )
}

interface ValueInputProps {
  readonly type: FlagType
  readonly text: string
  readonly setText: (text: string) => void
}

/** A field for a value of one type. */
export function ValueInput({ type, text, setText }: ValueInputProps): ReactNode {
  if (type === "number") {
    return <NumberInput label="Value" value={text} onChange={(v) => setText(String(v))} />
  }
  if (type === "json") {
    return (
      <JsonInput
        label="Value"
        value={text}
        onChange={setText}
        validationError="This is not JSON"
        autosize
        minRows={4}
        maxRows={16}
        styles={{ input: { fontFamily: "var(--mantine-font-family-monospace)" } }}
      />
    )
  }
  return <TextInput label="Value" value={text} onChange={(e) => setText(e.currentTarget.value)} />
}

function textOf(type: FlagType, value: unknown): string {
  if (value === undefined || value === null) return ""
  if (type === "json") return JSON.stringify(value, null, 2)
  return String(value)
}

/** What was typed as JSON, or undefined when it is none of this type. */
export function readValue(type: FlagType, text: string): { readonly json: unknown } | undefined {
  if (type === "string") return { json: text }
  try {
    const json: unknown = JSON.parse(text)
    return type === "number" && typeof json !== "number" ? undefined : { json }
  } catch {
    return undefined
  }
}
