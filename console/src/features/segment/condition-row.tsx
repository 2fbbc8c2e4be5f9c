import { ActionIcon, Autocomplete, Select } from "@mantine/core"
import { IconTrash } from "@tabler/icons-react"
import type { ReactNode } from "react"
import type { Finding, Operator, Property } from "../../lib/api-segments.ts"
import { Findings } from "./findings.tsx"
import { type DraftCondition, operators, withOperator } from "./rules.ts"
import styles from "./segment.module.css"
import { ValueInput } from "./value-input.tsx"

/** What conditions can ask for, for the picker and the fields. */
export interface Vocabulary {
  readonly traits: readonly Property[]
  readonly flags: readonly string[]
}

interface ConditionRowProps {
  readonly condition: DraftCondition
  /** "Condition 2 of group 1.1": said to those who cannot see where it stands. */
  readonly label: string
  readonly words: Vocabulary
  readonly faults: (part: "property" | "operator" | "value") => string | undefined
  readonly findings: readonly Finding[]
  readonly locked: boolean
  readonly focus: boolean
  readonly set: (condition: DraftCondition) => void
  readonly remove: () => void
}

const operatorData = operators.map(({ value, label }) => ({ value, label }))

/** One condition: what, how, with which value; below it what clients make of it. */
export function ConditionRow(props: ConditionRowProps): ReactNode {
  const { condition, label, words, faults, findings, locked, focus, set, remove } = props
  return (
    <li className={styles.condition}>
      <div className={styles.fields}>
        <Autocomplete
          aria-label={`${label}: what`}
          placeholder="a trait, or a flag"
          data={[
            { group: "Traits of known people", items: words.traits.map((t) => t.name) },
            { group: "Identity", items: ["$.identity.key", "$.identity.identifier"] },
            { group: "Environment", items: ["$.environment.name"] },
            { group: "Other flags", items: words.flags.map((f) => `$.flags.${f}.enabled`) },
          ].filter((g) => g.items.length > 0)}
          limit={40}
          value={condition.property}
          error={faults("property")}
          disabled={locked}
          data-autofocus={focus || undefined}
          autoFocus={focus}
          spellCheck={false}
          autoComplete="off"
          maxDropdownHeight={320}
          classNames={{ input: styles.mono ?? "" }}
          onChange={(property) => set({ ...condition, property })}
        />
        <Select
          aria-label={`${label}: how`}
          data={operatorData}
          value={condition.operator}
          error={faults("operator")}
          disabled={locked}
          allowDeselect={false}
          maxDropdownHeight={360}
          onChange={(v) => v && set(withOperator(condition, v as Operator))}
        />
        <ValueInput
          condition={condition}
          known={words.traits.find((t) => t.name === traitOf(condition.property))}
          label={`${label}: value`}
          error={faults("value")}
          locked={locked}
          set={(value) => set({ ...condition, value })}
        />
        {!locked && (
          <ActionIcon
            variant="subtle"
            color="gray"
            size={34}
            className={styles.remove ?? ""}
            aria-label={`Remove ${label.toLowerCase()}`}
            onClick={remove}
          >
            <IconTrash size={17} />
          </ActionIcon>
        )}
      </div>
      <Findings
        findings={findings}
        {...(locked ? {} : { take: (form) => set({ ...condition, ...form }) })}
      />
    </li>
  )
}

const traitOf = (property: string): string => property.replace(/^\$\.identity\.traits\./, "")
