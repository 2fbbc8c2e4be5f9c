import type { Condition, Operator, Rule, RuleType } from "../../lib/api-segments.ts"

/** A condition while it is edited; the id only keeps fields and focus apart. */
export interface DraftCondition extends Condition {
  readonly id: number
}

/** A group while it is edited. */
export interface DraftRule {
  readonly id: number
  readonly type: RuleType
  readonly conditions: readonly DraftCondition[]
  readonly rules: readonly DraftRule[]
}

let last = 0
const nextId = (): number => ++last

export const blankCondition = (): DraftCondition => ({
  id: nextId(),
  property: "",
  operator: "EQUAL",
  value: "",
})

export const blankGroup = (): DraftRule => ({
  id: nextId(),
  type: "ANY",
  conditions: [blankCondition()],
  rules: [],
})

/** What a new segment begins with: the shape that every client reads alike, ALL of groups. */
export const newRules = (): readonly DraftRule[] => [
  { id: nextId(), type: "ALL", conditions: [], rules: [blankGroup()] },
]

/** Rules as they are kept, made ready to be edited. */
export const toDraft = (rules: readonly Rule[]): readonly DraftRule[] =>
  rules.map((r) => ({
    id: nextId(),
    type: r.type,
    conditions: r.conditions.map((c) => ({ ...c, id: nextId() })),
    rules: toDraft(r.rules),
  }))

/** What was edited as it is kept. */
export const toRules = (drafts: readonly DraftRule[]): readonly Rule[] =>
  drafts.map((d) => ({
    type: d.type,
    conditions: d.conditions.map(({ property, operator, value }) => ({
      property,
      operator,
      value,
    })),
    rules: toRules(d.rules),
  }))

/** How many conditions still lack a property. */
export const unfinished = (drafts: readonly DraftRule[]): number =>
  drafts.reduce(
    (n, d) => n + d.conditions.filter((c) => c.property === "").length + unfinished(d.rules),
    0,
  )

/** What each operator says and what its value looks like. */
export type ValueForm = "compare" | "text" | "pattern" | "list" | "modulo" | "share" | "none"

interface OperatorWords {
  readonly value: Operator
  readonly label: string
  readonly form: ValueForm
}

export const operators: readonly OperatorWords[] = [
  { value: "EQUAL", label: "is", form: "compare" },
  { value: "NOT_EQUAL", label: "is not", form: "compare" },
  { value: "GREATER_THAN", label: "is above", form: "compare" },
  { value: "GREATER_THAN_INCLUSIVE", label: "is at least", form: "compare" },
  { value: "LESS_THAN", label: "is below", form: "compare" },
  { value: "LESS_THAN_INCLUSIVE", label: "is at most", form: "compare" },
  { value: "IN", label: "is one of", form: "list" },
  { value: "CONTAINS", label: "contains", form: "text" },
  { value: "NOT_CONTAINS", label: "does not contain", form: "text" },
  { value: "REGEX", label: "matches", form: "pattern" },
  { value: "MODULO", label: "divided by", form: "modulo" },
  { value: "PERCENTAGE_SPLIT", label: "is in the first", form: "share" },
  { value: "IS_SET", label: "is known", form: "none" },
  { value: "IS_NOT_SET", label: "is not known", form: "none" },
]

export const formOf = (operator: Operator): ValueForm =>
  operators.find((o) => o.value === operator)?.form ?? "text"

export const identityKey = "$.identity.key"

/** A condition with another operator: its value is kept where the new one reads it the same way. */
export function withOperator(c: DraftCondition, operator: Operator): DraftCondition {
  const before = formOf(c.operator)
  const form = formOf(operator)
  const texts: readonly ValueForm[] = ["compare", "text", "pattern", "list"]
  const same = before === form || (texts.includes(before) && texts.includes(form))
  const fresh: Partial<Record<ValueForm, string>> = { modulo: "2|0", share: "10" }
  const property = form === "share" && c.property === "" ? identityKey : c.property
  return { ...c, operator, property, value: same ? c.value : (fresh[form] ?? "") }
}

const semver = ":semver"

/** The value of a comparison without the mark that makes it one of versions. */
export function readVersion(value: string): { readonly text: string; readonly version: boolean } {
  return value.endsWith(semver)
    ? { text: value.slice(0, -semver.length), version: true }
    : { text: value, version: false }
}

export const writeVersion = (text: string, version: boolean): string =>
  version ? `${text}${semver}` : text

/** The values of a list, which is a JSON array or text cut at its commas. */
export function readList(value: string): readonly string[] {
  if (value.startsWith("[")) {
    try {
      const items: unknown = JSON.parse(value)
      if (Array.isArray(items)) return items.map(String)
    } catch {
      // not JSON: the commas count
    }
  }
  return value === "" ? [] : value.split(",")
}

/** Changes one group, wherever it is. */
export function changeGroup(
  drafts: readonly DraftRule[],
  id: number,
  change: (group: DraftRule) => DraftRule,
): readonly DraftRule[] {
  return drafts.map((d) =>
    d.id === id ? change(d) : { ...d, rules: changeGroup(d.rules, id, change) },
  )
}

/** Takes one group away, wherever it is. */
export const removeGroup = (drafts: readonly DraftRule[], id: number): readonly DraftRule[] =>
  drafts.filter((d) => d.id !== id).map((d) => ({ ...d, rules: removeGroup(d.rules, id) }))
