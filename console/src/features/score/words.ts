import type { Criterion, ScoreStatus, ScoreUnit } from "../../lib/api-score.ts"
import type { Tone } from "../../ui/tone.ts"

/** How a criterion stands, in words. */
export const statusWords: Readonly<
  Record<ScoreStatus, { readonly tone: Tone; readonly text: string }>
> = {
  met: { tone: "safe", text: "Met" },
  not_met: { tone: "harm", text: "Not met" },
  undecided: { tone: "warn", text: "Not decided yet" },
  too_little_data: { tone: "idle", text: "Too little data" },
  no_data: { tone: "idle", text: "No data" },
}

const signed = (v: number, digits: number): string =>
  `${v >= 0 ? "+" : "−"}${Math.abs(v).toFixed(digits)}`

/** A number of a criterion as people read it: "0.42 %", "2.31 s", "+4 %". */
export function say(unit: ScoreUnit, v: number | undefined): string {
  if (v === undefined) return "–"
  switch (unit) {
    case "share":
      return `${Number((100 * v).toFixed(100 * v < 1 || 100 * v > 99 ? 2 : 1))} %`
    case "ms":
      return v >= 1000 ? `${(v / 1000).toFixed(2)} s` : `${Math.round(v)} ms`
    case "score":
      return v.toFixed(3)
    case "points":
      return v.toFixed(0)
    case "stars":
      return v.toFixed(2)
    case "ratio":
      return `${signed(100 * (v - 1), 0)} %`
    case "difference":
      return `${signed(100 * v, 1)} pp`
  }
}

/** "below 0.5 %", "above 80 %". */
export const goalWords = (c: Criterion): string =>
  `${c.above ? "above" : "below"} ${say(c.unit, c.goal)}`

/** The unit of one side: sides of a difference are shares. */
export const sideUnit = (c: Criterion): ScoreUnit => (c.unit === "difference" ? "share" : c.unit)

/** Where everything lies on a picture's axis, from 0 to 1; undefined without an interval. */
export interface Axis {
  readonly goal: number
  readonly estimate: number
  readonly low: number
  readonly high: number
}

/** An axis that holds the interval and the goal, with room on both sides. */
export function axisOf(c: Criterion): Axis | undefined {
  const { estimate, low } = c.judged
  if (estimate === undefined || low === undefined) return undefined
  const high = c.judged.high ?? Math.max(estimate, c.goal) * 2
  const least = Math.min(low, c.goal)
  const most = Math.max(high, c.goal)
  const room = (most - least || Math.abs(most) || 1) * 0.15
  const place = (v: number): number => (v - least + room) / (most - least + 2 * room)
  return { goal: place(c.goal), estimate: place(estimate), low: place(low), high: place(high) }
}
