/** How a metric is measured for one person. */
export type MetricKind = "conversion" | "count" | "sum" | "errors" | "slow"

/** One thing that is compared between the arms. */
export interface Metric {
  readonly name?: string
  readonly role: "primary" | "guardrail"
  readonly kind: MetricKind
  readonly event?: string
  readonly property?: string
  readonly limit?: number
  readonly better?: "more" | "less"
  readonly margin?: number
}

export interface ExperimentArm {
  readonly key: string
  /** Of people, between 0 and 1. */
  readonly share: number
}

export interface Experiment {
  readonly id: string
  readonly name: string
  readonly hypothesis?: string
  readonly flag: string
  readonly control: string
  readonly metrics: readonly Metric[]
  readonly effect?: number
  readonly risk: number
  readonly planned: number
  readonly state: "running" | "stopped"
  /** Control first. */
  readonly arms: readonly ExperimentArm[]
  readonly started_at: string
  readonly started_by: string
  readonly stopped_at?: string
  readonly stopped_by?: string
  readonly conclusion?: string
}

export interface NewExperiment {
  readonly name: string
  readonly hypothesis?: string
  readonly flag: string
  readonly control?: string
  readonly metrics: readonly Metric[]
  readonly effect?: number
  readonly planned?: number
  readonly reason: string
}

/** An estimate with the bounds that hold at every look. */
export interface Range {
  readonly estimate: number
  readonly low: number
  readonly high: number
}

export interface Look extends Range {
  readonly at: string
  readonly people: number
}

export type ArmStatus = "waiting" | "open" | "better" | "worse" | "same" | "safe" | "harmed"

export interface ArmResult {
  readonly key: string
  readonly people: number
  readonly mean: number
  readonly change?: Range
  readonly lift?: Range
  readonly status: ArmStatus
  readonly text: string
  readonly course: readonly Look[]
}

export interface MetricResult extends Metric {
  readonly title: string
  readonly explained: string
  readonly share: boolean
  readonly cap?: number
  readonly arms: readonly ArmResult[]
}

export type Outcome =
  | "too_early"
  | "undecided"
  | "winner"
  | "conflicted"
  | "control_wins"
  | "no_matter"
  | "broken"

export interface ExperimentResult extends Experiment {
  readonly at: string
  readonly from: string
  readonly confidence: number
  readonly people: {
    readonly arms: readonly (ExperimentArm & {
      readonly people: number
      readonly expected: number
    })[]
    readonly all: number
    readonly fair: boolean
  }
  readonly verdict: {
    readonly outcome: Outcome
    readonly arm?: string
    readonly text: string
    readonly next: string
  }
  /** The primary first. */
  readonly measures: readonly MetricResult[]
  readonly notes: readonly string[]
}

/** What a plan is asked for. */
export interface PlanQuestion {
  readonly flag: string
  readonly control?: string
  readonly metric: Metric
  readonly effect: number
}

export interface ExperimentPlan {
  readonly arms: readonly (ExperimentArm & { readonly people: number })[]
  readonly baseline: { readonly people: number; readonly mean: number; readonly exposed: boolean }
  readonly people: number
  readonly once: number
  readonly per_day: number
  readonly days: number
  readonly curve: readonly { readonly days: number; readonly effect: number }[]
  readonly text: string
  readonly notes: readonly string[]
}
