/** The wire of the score board, as internal/metric/board.go writes it. */

export type ScoreStatus = "met" | "not_met" | "undecided" | "too_little_data" | "no_data"

export type ScoreUnit = "share" | "ms" | "score" | "points" | "stars" | "ratio" | "difference"

export interface Measure {
  readonly n: number
  readonly estimate?: number
  readonly low?: number
  readonly high?: number
}

export interface Criterion {
  readonly key: string
  readonly title: string
  readonly unit: ScoreUnit
  readonly goal: number
  /** More is better. */
  readonly above: boolean
  /** What n counts. */
  readonly of: string
  readonly source: string
  readonly from: string
  readonly to: string
  readonly status: ScoreStatus
  readonly text: string
  /** How to bring data where there is none. */
  readonly way?: string
  readonly judged: Measure
  readonly old?: Measure
  readonly new?: Measure
  /** Equal parts of the window, oldest first; null where nothing came. */
  readonly trend: readonly (number | null)[]
}

export interface Board {
  readonly at: string
  readonly rollout?: string
  readonly name?: string
  readonly criteria: readonly Criterion[]
}
