import type { Step, Trace } from "../../lib/api-segments.ts"

/** What kind of place a step is, as its heading says it. */
export function stepTitle(step: Step): string {
  switch (step.kind) {
    case "parent":
      return `Parent ${step.subject ?? ""}`
    case "switch":
      return "Switch of the flag"
    case "identity":
      return "Exception for this person"
    case "segment":
      return `Segment ${step.subject ?? ""}`
    case "split":
      return "Share of the rollout"
    case "variant":
      return "Variant"
    case "default":
      return "The flag’s own state"
  }
  return step.kind
}

/** What a step gives: "on", "off", or a value. */
export function stateOf(enabled: boolean, value: unknown): string {
  if (!enabled) return "off"
  if (value === undefined || value === null || typeof value === "boolean") return "on"
  return JSON.stringify(value)
}

/** The answer in one line: "diary is on for ann". */
export function sayAnswer(trace: Trace): string {
  const who = trace.identifier || "somebody unknown"
  return `${trace.flag} is ${trace.enabled ? "on" : "off"} for ${who}`
}

/** A trait as one types it: text as it is, all else as JSON. */
export const writeTrait = (value: unknown): string =>
  typeof value === "string" && readTrait(value) === value ? value : JSON.stringify(value)

/** What was typed: a number, true, false, text in quotes, and all else as text. */
export function readTrait(text: string): unknown {
  try {
    const read: unknown = JSON.parse(text)
    if (typeof read === "string" || typeof read === "boolean") return read
    if (typeof read === "number" && Number.isFinite(read)) return read
  } catch {
    // not JSON: it is text
  }
  return text
}
