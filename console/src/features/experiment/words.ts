import type { ArmStatus, Metric, MetricKind, Outcome, Range } from "../../lib/api-experiments.ts"
import type { Variant } from "../../lib/api-flags.ts"
import type { Tone } from "../../ui/tone.ts"

/** How an outcome looks. */
export const outcomeTones: Readonly<Record<Outcome, Tone>> = {
  too_early: "idle",
  undecided: "live",
  winner: "safe",
  conflicted: "warn",
  control_wins: "safe",
  no_matter: "safe",
  broken: "harm",
}

/** A status as a word of its own. */
export const statusWords: Readonly<
  Record<ArmStatus, { readonly text: string; readonly tone: Tone }>
> = {
  waiting: { text: "too few people", tone: "idle" },
  open: { text: "not known yet", tone: "idle" },
  better: { text: "better", tone: "safe" },
  worse: { text: "worse", tone: "harm" },
  same: { text: "the same", tone: "idle" },
  safe: { text: "safe", tone: "safe" },
  harmed: { text: "worse", tone: "harm" },
}

/** What can be compared, as the form offers it. */
export const kindWords: Readonly<Record<MetricKind, string>> = {
  conversion: "People who do something",
  count: "How often it happens per person",
  sum: "A number per person, such as revenue",
  errors: "People who meet an error",
  slow: "Slow page views",
}

export const vitals = ["LCP", "INP", "CLS", "FCP", "TTFB"] as const

/** Whether it is a share, compared in percentage points. */
export const inPoints = (kind: MetricKind): boolean => kind !== "count" && kind !== "sum"

/** Whether a metric says all that it has to say. */
export const complete = (m: Metric): boolean => m.kind === "errors" || !!m.event?.trim()

/** A number with its sign: "+2.1", "−0.35", "0". Digits follow from how well it is known. */
export function signed(v: number, width: number): string {
  const text = Math.abs(v).toFixed(width >= 50 ? 0 : width >= 1 ? 1 : 2)
  if (Number(text) === 0) return "0"
  return (v < 0 ? "−" : "+") + text
}

/** "+2.1 points (+0.4 to +3.8)". */
export function sayChange(c: Range, points: boolean): string {
  const width = c.high - c.low
  return `${signed(c.estimate, width)} ${points ? "points" : "%"} (${signed(c.low, width)} to ${signed(c.high, width)})`
}

/** A mean per person: a share as percent, a value with four digits. */
export function sayMean(mean: number, share: boolean): string {
  if (share) return `${(100 * mean).toFixed(2)} %`
  return String(Number(mean.toPrecision(4)))
}

/** The arms that a flag's variants make, the flag's own value first where somebody gets it. */
export function armKeys(variants: readonly Variant[]): readonly string[] {
  const weighted = variants.filter((v) => v.weight > 0)
  const given = variants.reduce((sum, v) => sum + v.weight, 0)
  return [...(given < 100 - 1e-9 ? ["control"] : []), ...weighted.map((v) => v.key)]
}
