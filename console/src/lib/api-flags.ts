import type { Environment, Flag, Override, RolloutState } from "./api.ts"

/** One value of a multivariate flag and the percent of people who get it. */
export interface Variant {
  readonly key: string
  readonly value: unknown
  readonly weight: number
}

export interface Experiment {
  readonly number: number
  readonly name: string
}

/** A flag with all that people write about it. */
export interface WholeFlag extends Flag {
  readonly number: number
  readonly owner?: string
  readonly experiment?: Experiment
  readonly variants: readonly Variant[]
}

export interface FlagAround {
  readonly key: string
  readonly enabled: boolean
  readonly percent?: number
}

export interface SegmentAround {
  readonly key: string
  readonly description: string
  readonly prerequisites: readonly string[]
}

export interface FlagRollout {
  readonly id: string
  readonly name: string
  readonly state: RolloutState
  readonly holds: boolean
}

export interface StaleReason {
  readonly kind: "unchanging" | "unused" | "completed"
  readonly text: string
  readonly since: string
}

export interface StaleFlag {
  readonly key: string
  readonly description: string
  readonly type: Flag["type"]
  readonly owner?: string
  readonly tags: readonly string[]
  readonly enabled: boolean
  readonly value?: unknown
  readonly last_used_at?: string
  readonly since: string
  readonly days: number
  readonly reasons: readonly StaleReason[]
  readonly advice: string
}

export interface StaleReport {
  readonly days: number
  readonly flags: readonly StaleFlag[]
  readonly looked: number
  readonly permanent: number
  readonly uses_since?: string
}

export interface FlagPage {
  readonly flag: WholeFlag
  readonly ancestors: readonly FlagAround[]
  readonly children: readonly FlagAround[]
  readonly segments: readonly SegmentAround[]
  readonly prerequisites: readonly FlagAround[]
  readonly dependents: readonly string[]
  readonly rollout?: FlagRollout
  readonly last_used_at?: string
  readonly stale?: StaleFlag
  readonly deletion: { readonly blocked: readonly string[]; readonly effects: readonly string[] }
  readonly limits: {
    readonly variants: number
    readonly segments: number
    readonly identities: number
    readonly value: number
  }
}

/** What is to change about a flag; what is left out stays. */
export interface FlagPatch {
  readonly version?: number
  readonly enabled?: boolean
  readonly value?: unknown
  readonly description?: string
  readonly parent?: string
  readonly server_only?: boolean
  readonly tags?: readonly string[]
  readonly owner?: string
  readonly experiment?: { readonly name: string; readonly number?: number }
  readonly variants?: readonly Variant[]
  readonly segments?: readonly Override[]
  readonly identities?: readonly Override[]
}

export interface Settings {
  readonly hide_disabled_flags: boolean
  readonly hide_sensitive_data: boolean
  readonly ignore_client_traits: boolean
  readonly forget_traits: boolean
  readonly stop_serving: boolean
  readonly approvals: number
}

export interface SetUpEnvironment extends Environment {
  readonly settings: Settings
}

export interface Key {
  readonly id: string
  readonly side: "client" | "server"
  readonly secret?: string
  readonly made_at?: string
  readonly newest: boolean
  readonly used_at?: string
}

export type Where = "here" | "there" | "both"

export interface Difference {
  readonly key: string
  readonly where: Where
  readonly fields: readonly string[]
  readonly here?: unknown
  readonly there?: unknown
}

export interface Comparison {
  readonly flags: readonly Difference[]
  readonly segments: readonly Difference[]
  readonly same_flags: number
  readonly same_segments: number
  readonly here: string
  readonly there: string
  readonly here_revision: number
  readonly there_revision: number
}

export interface Copied {
  readonly key: string
  readonly before?: unknown
  readonly after: unknown
  readonly fields: readonly string[]
  readonly needed?: string
  readonly note?: string
}

export interface Copying {
  readonly flags: readonly Copied[]
  readonly segments: readonly Copied[]
}

export interface CopySelection {
  readonly from: string
  readonly flags: readonly string[]
  readonly segments: readonly string[]
}
