import { ActionIcon, Button, SegmentedControl } from "@mantine/core"
import { IconFolderPlus, IconPlus, IconTrash } from "@tabler/icons-react"
import type { ReactNode } from "react"
import type { Finding, RuleType } from "../../lib/api-segments.ts"
import { ConditionRow, type Vocabulary } from "./condition-row.tsx"
import { Findings } from "./findings.tsx"
import { blankCondition, blankGroup, type DraftRule } from "./rules.ts"
import styles from "./segment.module.css"

/** The deepest group that the server keeps. */
const deepest = 5

interface GroupEditorProps {
  readonly group: DraftRule
  /** "1.2": its place, as it is said; the outermost has none. */
  readonly place: string
  /** Its path as the server names it: rules[0].rules[1]. */
  readonly path: string
  readonly depth: number
  readonly words: Vocabulary
  readonly faults: ReadonlyMap<string, string>
  readonly findings: readonly Finding[]
  readonly locked: boolean
  /** The condition that was just added, which gets the focus. */
  readonly fresh: number
  readonly change: (id: number, change: (group: DraftRule) => DraftRule) => void
  readonly remove: (id: number) => void
  readonly added: (conditionId: number) => void
}

const kinds: readonly { readonly value: RuleType; readonly label: string }[] = [
  { value: "ALL", label: "all" },
  { value: "ANY", label: "any" },
  { value: "NONE", label: "none" },
]

/** A group of conditions and of further groups, of which all, any or none have to hold. */
export function GroupEditor(props: GroupEditorProps): ReactNode {
  const { group, place, path, depth, findings, locked, change, remove, added } = props
  const name = place ? `Group ${place}` : "The segment"
  const own = (next: Partial<DraftRule>): void => change(group.id, (g) => ({ ...g, ...next }))
  const addCondition = (): void => {
    const made = blankCondition()
    added(made.id)
    change(group.id, (g) => ({ ...g, conditions: [...g.conditions, made] }))
  }
  const addGroup = (): void => {
    const made = blankGroup()
    added(made.conditions[0]?.id ?? 0)
    change(group.id, (g) => ({ ...g, rules: [...g.rules, made] }))
  }
  // At the top stand groups only, as Flagsmith's own console writes them; what came otherwise stays editable.
  const onlyGroups = depth === 0 && group.conditions.length === 0 && group.rules.length > 0
  return (
    <fieldset className={styles.group} data-depth={depth} data-kind={group.type}>
      <legend className={styles.legend}>{name}</legend>
      <div className={styles.kind}>
        <SegmentedControl
          size="xs"
          aria-label={`${name} holds when`}
          data={[...kinds]}
          value={group.type}
          disabled={locked}
          onChange={(v) => own({ type: v as RuleType })}
        />
        <span>of these hold</span>
        {!locked && depth > 0 && (
          <ActionIcon
            className={styles.removeGroup ?? ""}
            variant="subtle"
            color="gray"
            size={30}
            aria-label={`Remove ${name.toLowerCase()}`}
            onClick={() => remove(group.id)}
          >
            <IconTrash size={16} />
          </ActionIcon>
        )}
      </div>
      <Findings findings={findings.filter((f) => f.path === path)} />
      {group.conditions.length > 0 && (
        <ul className={styles.conditions}>
          {group.conditions.map((c, i) => (
            <ConditionRow
              key={c.id}
              condition={c}
              label={`Condition ${i + 1}${place ? ` of group ${place}` : ""}`}
              words={props.words}
              faults={(part) => props.faults.get(`${path}.conditions[${i}].${part}`)}
              findings={findings.filter((f) => f.path === `${path}.conditions[${i}]`)}
              locked={locked}
              focus={props.fresh === c.id}
              set={(next) =>
                own({ conditions: group.conditions.map((o) => (o.id === c.id ? next : o)) })
              }
              remove={() => own({ conditions: group.conditions.filter((o) => o.id !== c.id) })}
            />
          ))}
        </ul>
      )}
      {group.rules.map((inner, i) => (
        <GroupEditor
          key={inner.id}
          {...props}
          group={inner}
          place={place ? `${place}.${i + 1}` : `${i + 1}`}
          path={`${path}.rules[${i}]`}
          depth={depth + 1}
        />
      ))}
      {!locked && (
        <div className={styles.inline}>
          {!onlyGroups && (
            <Button
              size="compact-sm"
              variant="subtle"
              leftSection={<IconPlus size={15} />}
              onClick={addCondition}
              aria-label={`Add a condition${place ? ` to group ${place}` : ""}`}
            >
              Condition
            </Button>
          )}
          {depth + 1 < deepest && (
            <Button
              size="compact-sm"
              variant="subtle"
              leftSection={<IconFolderPlus size={15} />}
              onClick={addGroup}
              aria-label={`Add a group${place ? ` to group ${place}` : ""}`}
            >
              Group
            </Button>
          )}
        </div>
      )}
    </fieldset>
  )
}
