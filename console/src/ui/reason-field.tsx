import { TextInput, type TextInputProps } from "@mantine/core"
import type { ReactNode } from "react"

/** The shortest reason the server keeps, in characters. */
export const shortestReason = 3

interface ReasonFieldProps extends Omit<TextInputProps, "value" | "onChange"> {
  readonly value: string
  readonly change: (reason: string) => void
}

/** Asks why something is changed. */
export function ReasonField({ value, change, ...rest }: ReasonFieldProps): ReactNode {
  return (
    <TextInput
      label="Reason"
      value={value}
      onChange={(e) => change(e.currentTarget.value)}
      maxLength={500}
      required
      {...rest}
    />
  )
}
