import {
  type CSSProperties,
  type InputHTMLAttributes,
  type ReactElement,
  type ReactNode,
  type SelectHTMLAttributes,
  type TextareaHTMLAttributes,
  useId,
} from "react"
import "./field.css"
import { Icon } from "./icon.tsx"

/** What a control needs to belong to its label, its hint and its error. */
export interface ControlProps {
  readonly id: string
  readonly "aria-describedby"?: string
  readonly "aria-invalid"?: true
  readonly "aria-required"?: true
}

export interface FieldProps {
  readonly label: string
  readonly hint?: ReactNode
  readonly error?: string | undefined
  readonly required?: boolean
  /** Says so beside the label; in forms, for what may stay empty. */
  readonly optional?: boolean
  /** At the end of the label's line, such as a counter. */
  readonly aside?: ReactNode
  readonly children: (control: ControlProps) => ReactNode
}

/** A label over one control, with a hint or the reason why its value was not taken. */
export function Field({
  label,
  hint,
  error,
  required = false,
  optional = false,
  aside,
  children,
}: FieldProps): ReactElement {
  const id = useId()
  const about = [error && `${id}-error`, hint && `${id}-hint`].filter(Boolean).join(" ")
  return (
    <div className="s2-field" data-invalid={error ? "" : undefined}>
      <div className="s2-field-head">
        <label htmlFor={id}>{label}</label>
        {aside ?? (optional && <span className="s2-field-aside">Optional</span>)}
      </div>
      {children({
        id,
        ...(about && { "aria-describedby": about }),
        ...(error && { "aria-invalid": true as const }),
        ...(required && { "aria-required": true as const }),
      })}
      {error && (
        <p className="s2-field-error" id={`${id}-error`}>
          <Icon name="warning" size={16} />
          {error}
        </p>
      )}
      {hint && (
        <p className="s2-field-hint" id={`${id}-hint`}>
          {hint}
        </p>
      )}
    </div>
  )
}

type Plain<T> = Omit<T, "className" | "style">

/** One line of text. */
export function TextInput(props: Plain<InputHTMLAttributes<HTMLInputElement>>): ReactElement {
  return <input type="text" {...props} className="s2-control" />
}

/** Several lines; grows with what is typed where the browser can. */
export function TextArea({
  rows = 4,
  ...rest
}: Plain<TextareaHTMLAttributes<HTMLTextAreaElement>>): ReactElement {
  const lines = { "--s2-rows": rows } as CSSProperties
  return <textarea {...rest} rows={rows} className="s2-control s2-control-area" style={lines} />
}

/** One of a short list, with the platform's own picker, which is the best one on a phone. */
export function Select(props: Plain<SelectHTMLAttributes<HTMLSelectElement>>): ReactElement {
  return (
    <div className="s2-select">
      <select {...props} className="s2-control" />
      <Icon name="down" size={18} />
    </div>
  )
}
