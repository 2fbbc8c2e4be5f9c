import type { FlagType, Override } from "../../lib/api.ts"
import type { FlagPatch, Variant, WholeFlag } from "../../lib/api-flags.ts"
import { sumOf } from "./weights.ts"

/** A variant while it is edited; `id` tells rows apart whose keys are being typed. */
export interface DraftVariant {
  readonly id: number
  readonly key: string
  readonly text: string
  readonly weight: number
}

/** An override while it is edited; without text it has the flag's own value. */
export interface DraftOverride {
  readonly for: string
  readonly enabled: boolean
  readonly text: string
}

/** A flag while it is edited: values are what was typed, right or not. */
export interface Draft {
  readonly enabled: boolean
  readonly text: string
  readonly description: string
  readonly owner: string
  readonly tags: readonly string[]
  readonly serverOnly: boolean
  readonly parent: string
  readonly experiment: string
  readonly experimentNumber: number
  readonly variants: readonly DraftVariant[]
  /** The first wins. */
  readonly segments: readonly DraftOverride[]
  readonly identities: readonly DraftOverride[]
}

export type DraftField = keyof Draft

/** What people call each field. */
export const namesOf: Readonly<Record<DraftField, string>> = {
  enabled: "State",
  text: "Value",
  description: "Description",
  owner: "Owner",
  tags: "Tags",
  serverOnly: "For servers only",
  parent: "Parent",
  experiment: "Experiment",
  experimentNumber: "Number of the experiment",
  variants: "Variants",
  segments: "Overrides for segments",
  identities: "Overrides for identities",
}

const fields = Object.keys(namesOf) as readonly DraftField[]

function textOf(type: FlagType, value: unknown): string {
  if (value === undefined || value === null) return ""
  if (type === "json") return JSON.stringify(value, null, 2)
  return String(value)
}

function overrideOf(type: FlagType, o: Override): DraftOverride {
  return { for: o.for, enabled: o.enabled, text: textOf(type, o.value) }
}

/** A flag as it is when nobody has changed it yet. */
export function draftOf(f: WholeFlag): Draft {
  return {
    enabled: f.enabled,
    text: textOf(f.type, f.value),
    description: f.description,
    owner: f.owner ?? "",
    tags: f.tags,
    serverOnly: f.server_only,
    parent: f.parent ?? "",
    experiment: f.experiment?.name ?? "",
    experimentNumber: f.experiment?.number ?? 0,
    variants: f.variants.map((v, id) => ({
      id,
      key: v.key,
      text: textOf(f.type, v.value),
      weight: v.weight,
    })),
    segments: f.segments
      .toSorted((a, b) => a.priority - b.priority)
      .map((o) => overrideOf(f.type, o)),
    identities: f.identities.map((o) => overrideOf(f.type, o)),
  }
}

function same(field: DraftField, a: Draft, b: Draft): boolean {
  const plain = (d: Draft): unknown =>
    field === "variants" ? d.variants.map(({ id: _, ...rest }) => rest) : d[field]
  return JSON.stringify(plain(a)) === JSON.stringify(plain(b))
}

/** The fields that differ between two drafts. */
export const changed = (a: Draft, b: Draft): readonly DraftField[] =>
  fields.filter((field) => !same(field, a, b))

/** What was typed, on top of what others changed meanwhile: a field that both changed keeps what was typed. */
export function merged(base: Draft, mine: Draft, theirs: Draft): Draft {
  const kept = Object.fromEntries(changed(base, mine).map((field) => [field, mine[field]]))
  return { ...theirs, ...kept }
}

/** The fields that two people changed to different things. */
export function contested(base: Draft, mine: Draft, theirs: Draft): readonly DraftField[] {
  const others = changed(base, theirs)
  return changed(base, mine).filter((f) => others.includes(f) && !same(f, mine, theirs))
}

/** What was typed as JSON of the flag's type, or what is wrong with it. */
export function typedValue(
  type: FlagType,
  text: string,
): { readonly value: unknown } | { readonly fault: string } {
  if (type === "string") return { value: text }
  if (type === "number") {
    const number = Number(text)
    return text.trim() === "" || !Number.isFinite(number)
      ? { fault: "This is not a number." }
      : { value: number }
  }
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === "object" && value !== null
      ? { value }
      : { fault: "This has to be a JSON object or array." }
  } catch (error) {
    return { fault: `This is not JSON: ${error instanceof Error ? error.message : String(error)}` }
  }
}

/** What is wrong with a typed value, if anything. */
export function faultOf(type: FlagType, text: string): string | undefined {
  if (type === "boolean") return undefined
  const read = typedValue(type, text)
  return "fault" in read ? read.fault : undefined
}

/** What has to be put right before a draft can be saved, in the order of the page. */
export function faultsOf(type: FlagType, d: Draft): readonly string[] {
  const found: string[] = []
  const look = (what: string, text: string): void => {
    const fault = faultOf(type, text)
    if (fault) found.push(`${what}: ${fault}`)
  }
  look("Value", d.text)
  const seen = new Set<string>(["control", "off"])
  for (const v of d.variants) {
    if (!/^[a-z0-9][a-z0-9._-]*$/.test(v.key)) {
      found.push(`Variant “${v.key}”: small letters, digits, dots, dashes and underscores.`)
    } else if (seen.has(v.key)) found.push(`Variant “${v.key}”: this name is taken.`)
    seen.add(v.key)
    look(`Variant “${v.key}”`, v.text)
  }
  if (sumOf(d.variants) > 100 + 1e-9) found.push("Variants: the weights add up to more than 100 %.")
  for (const o of [...d.segments, ...d.identities]) if (o.text !== "") look(o.for, o.text)
  return found
}

function read(type: FlagType, text: string): unknown {
  const got = typedValue(type, text)
  return "value" in got ? got.value : undefined
}

function overridesFrom(type: FlagType, all: readonly DraftOverride[]): readonly Override[] {
  return all.map((o, at) => ({
    for: o.for,
    priority: at + 1,
    enabled: o.enabled,
    ...(type === "boolean" || o.text === "" ? {} : { value: read(type, o.text) }),
  }))
}

/** The change that makes of a flag what was typed. Only what differs is in it. */
export function patchOf(f: WholeFlag, d: Draft): FlagPatch {
  const differs = new Set(changed(draftOf(f), d))
  const variants = (): readonly Variant[] =>
    d.variants.map((v) => ({ key: v.key, value: read(f.type, v.text), weight: v.weight }))
  return {
    version: f.version,
    ...(differs.has("enabled") && { enabled: d.enabled }),
    ...(differs.has("text") && f.type !== "boolean" && { value: read(f.type, d.text) }),
    ...(differs.has("description") && { description: d.description.trim() }),
    ...(differs.has("owner") && { owner: d.owner.trim() }),
    ...(differs.has("tags") && { tags: d.tags }),
    ...(differs.has("serverOnly") && { server_only: d.serverOnly }),
    ...(differs.has("parent") && { parent: d.parent }),
    ...((differs.has("experiment") || differs.has("experimentNumber")) && {
      experiment: {
        name: d.experiment.trim(),
        ...(d.experimentNumber > 0 && { number: d.experimentNumber }),
      },
    }),
    ...(differs.has("variants") && { variants: variants() }),
    ...(differs.has("segments") && { segments: overridesFrom(f.type, d.segments) }),
    ...(differs.has("identities") && {
      identities: overridesFrom(f.type, d.identities).map((o) => ({ ...o, priority: 0 })),
    }),
  }
}

/** A field as one reads it. */
export function say(type: FlagType, field: DraftField, d: Draft): string {
  switch (field) {
    case "enabled":
      return d.enabled ? "on" : "off"
    case "serverOnly":
      return d.serverOnly ? "yes" : "no"
    case "tags":
      return d.tags.join(", ") || "none"
    case "variants":
      return d.variants.map((v) => `${v.key} ${v.weight} %: ${v.text}`).join("\n") || "none"
    case "segments":
      return d.segments.map((o, at) => `${at + 1}. ${sayOverride(type, o)}`).join("\n") || "none"
    case "identities":
      return d.identities.map((o) => sayOverride(type, o)).join("\n") || "none"
    case "experimentNumber":
      return d.experimentNumber > 0 ? String(d.experimentNumber) : "the flag's own"
    default:
      return d[field] || "nothing"
  }
}

function sayOverride(type: FlagType, o: DraftOverride): string {
  const value = type !== "boolean" && o.enabled && o.text !== "" ? `, ${o.text}` : ""
  return `${o.for}: ${o.enabled ? "on" : "off"}${value}`
}

/** A list with the item at one place moved to another; a place outside changes nothing. */
export function movedTo<T>(items: readonly T[], from: number, to: number): readonly T[] {
  if (to < 0 || to >= items.length || from === to) return items
  const rest = items.filter((_, at) => at !== from)
  return [...rest.slice(0, to), ...items.slice(from, from + 1), ...rest.slice(to)]
}
