import { Checkbox, NumberInput, Select, TagsInput, TextInput } from "@mantine/core"
import type { ReactNode } from "react"
import type { Property } from "../../lib/api-segments.ts"
import {
  type DraftCondition,
  formOf,
  readList,
  readVersion,
  type ValueForm,
  writeVersion,
} from "./rules.ts"
import styles from "./segment.module.css"

interface ValueInputProps {
  readonly condition: DraftCondition
  /** What is known of the trait that the condition is about. */
  readonly known: Property | undefined
  readonly label: string
  readonly error: string | undefined
  readonly locked: boolean
  readonly set: (value: string) => void
}

/** The field that fits what the operator compares with. */
export function ValueInput(props: ValueInputProps): ReactNode {
  const form = formOf(props.condition.operator)
  const Field = fields[form]
  return <Field {...props} />
}

const fields: Readonly<Record<ValueForm, (props: ValueInputProps) => ReactNode>> = {
  compare: Compared,
  text: Text,
  pattern: Text,
  list: List,
  modulo: Modulo,
  share: Share,
  none: () => null,
}

/** A flag's state and a trait that only ever arrives as true or false have two values. */
function twoValued({ condition, known }: ValueInputProps): boolean {
  if (/^\$\.flags\..+\.enabled$/.test(condition.property)) return true
  return known !== undefined && known.known > 0 && known.kind.boolean === known.known
}

function Compared(props: ValueInputProps): ReactNode {
  const { condition, label, error, locked, set } = props
  const { text, version } = readVersion(condition.value)
  const equality = condition.operator === "EQUAL" || condition.operator === "NOT_EQUAL"
  if (equality && twoValued(props)) {
    return (
      <Select
        aria-label={label}
        data={["true", "false"]}
        value={text || null}
        placeholder="true or false"
        error={error}
        disabled={locked}
        allowDeselect={false}
        onChange={(v) => set(v ?? "")}
      />
    )
  }
  return (
    <div className={styles.compared}>
      <TextInput
        aria-label={label}
        value={text}
        placeholder={version ? "1.2.3" : "value"}
        error={error}
        disabled={locked}
        spellCheck={false}
        autoComplete="off"
        onChange={(e) => set(writeVersion(e.currentTarget.value, version))}
      />
      <Checkbox
        size="xs"
        label="version"
        aria-label={`${label}: compare as a version`}
        checked={version}
        disabled={locked}
        onChange={(e) => set(writeVersion(text, e.currentTarget.checked))}
      />
    </div>
  )
}

function Text({ condition, label, error, locked, set }: ValueInputProps): ReactNode {
  return (
    <TextInput
      aria-label={label}
      value={condition.value}
      placeholder={condition.operator === "REGEX" ? "^begins with" : "text"}
      error={error}
      disabled={locked}
      spellCheck={false}
      autoComplete="off"
      classNames={{ input: styles.mono ?? "" }}
      onChange={(e) => set(e.currentTarget.value)}
    />
  )
}

function List({ condition, label, error, locked, set }: ValueInputProps): ReactNode {
  return (
    <TagsInput
      aria-label={label}
      size="sm"
      value={[...readList(condition.value)]}
      placeholder={condition.value === "" ? "type, then Enter" : ""}
      error={error}
      disabled={locked}
      splitChars={[","]}
      acceptValueOnBlur
      onChange={(items) => set(items.map((i) => i.trim()).join(","))}
    />
  )
}

function Modulo({ condition, label, error, locked, set }: ValueInputProps): ReactNode {
  const [divisor = "", rest = ""] = condition.value.split("|")
  const numbers = { min: 0, disabled: locked, allowDecimal: false, w: 92 }
  return (
    <div className={styles.inline}>
      <NumberInput
        {...numbers}
        aria-label={`${label}: divisor`}
        min={1}
        value={divisor}
        error={error !== undefined}
        onChange={(v) => set(`${v}|${rest}`)}
      />
      <span>leaves</span>
      <NumberInput
        {...numbers}
        aria-label={`${label}: remainder`}
        value={rest}
        onChange={(v) => set(`${divisor}|${v}`)}
      />
      {error && <span className={styles.fault}>{error}</span>}
    </div>
  )
}

function Share({ condition, label, error, locked, set }: ValueInputProps): ReactNode {
  return (
    <NumberInput
      aria-label={label}
      value={condition.value}
      min={0}
      max={100}
      decimalScale={3}
      suffix=" %"
      error={error}
      disabled={locked}
      w={130}
      onChange={(v) => set(String(v))}
    />
  )
}
