import { Textarea, TextInput } from "@mantine/core"
import type { ReactNode } from "react"
import type { FlagType } from "../../lib/api.ts"
import { faultOf } from "./draft.ts"

interface TypedValueProps {
  readonly type: FlagType
  readonly label: string
  readonly text: string
  readonly change: (text: string) => void
  readonly locked: boolean
  /** Nothing typed is right too, and means the flag's own value. */
  readonly optional?: boolean
  readonly hidden?: boolean
}

/** A field for a value of one type that says at once what is wrong with it. */
export function TypedValue(props: TypedValueProps): ReactNode {
  const { type, label, text, change, locked, optional, hidden } = props
  const fault = optional && text === "" ? undefined : faultOf(type, text)
  const common = {
    ...(hidden ? { "aria-label": label } : { label }),
    value: text,
    disabled: locked,
    error: fault,
    ...(optional && { placeholder: "the flag's own value" }),
  }
  return type === "json" ? (
    <Textarea
      {...common}
      autosize
      minRows={hidden ? 1 : 4}
      maxRows={16}
      spellCheck={false}
      styles={{ input: { fontFamily: "var(--mantine-font-family-monospace)" } }}
      onChange={(e) => change(e.currentTarget.value)}
    />
  ) : (
    <TextInput
      {...common}
      inputMode={type === "number" ? "decimal" : "text"}
      onChange={(e) => change(e.currentTarget.value)}
    />
  )
}
