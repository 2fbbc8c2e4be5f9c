/** The wire of segments, explanations and identities, as internal/api/wire_segments.go writes it. */
import type { Json } from "./api.ts"

export type RuleType = "ALL" | "ANY" | "NONE"

export type Operator =
  | "EQUAL"
  | "NOT_EQUAL"
  | "GREATER_THAN"
  | "GREATER_THAN_INCLUSIVE"
  | "LESS_THAN"
  | "LESS_THAN_INCLUSIVE"
  | "CONTAINS"
  | "NOT_CONTAINS"
  | "REGEX"
  | "IN"
  | "MODULO"
  | "PERCENTAGE_SPLIT"
  | "IS_SET"
  | "IS_NOT_SET"

export interface Condition {
  readonly property: string
  readonly operator: Operator
  readonly value: string
}

export interface Rule {
  readonly type: RuleType
  readonly conditions: readonly Condition[]
  readonly rules: readonly Rule[]
}

export interface Finding {
  readonly path: string
  readonly problem: string
  readonly clients: readonly string[]
  readonly old: boolean
  readonly form?: Condition
}

export interface SegmentUse {
  readonly flag: string
  readonly enabled: boolean
  readonly priority: number
}

export interface Segment {
  readonly id: string
  readonly key: string
  readonly description: string
  readonly rules: readonly Rule[]
  readonly updated_at: string
  readonly sentence: string
  readonly users: readonly SegmentUse[]
  readonly findings: readonly Finding[]
}

export interface SegmentChange {
  readonly description: string
  readonly rules: readonly Rule[]
  readonly create?: boolean
  readonly seen_at?: string
  readonly reason: string
}

export interface SegmentPreview {
  readonly sentence: string
  readonly findings: readonly Finding[]
  readonly matching: number
  readonly examined: number
  readonly known: number
  readonly recent: number
  readonly in: readonly string[]
  readonly out: readonly string[]
}

export interface Kind {
  readonly boolean: number
  readonly text: number
}

export interface Property {
  readonly name: string
  readonly kind: Kind
  readonly known: number
}

export type Traits = Readonly<Record<string, Json>>

export type StepKind =
  | "parent"
  | "switch"
  | "identity"
  | "segment"
  | "split"
  | "variant"
  | "default"
  | string

export interface ConditionTrace extends Condition {
  readonly held: boolean
  readonly set: boolean
  readonly found?: Json
  readonly bucket?: number
}

export interface RuleTrace {
  readonly type: RuleType
  readonly held: boolean
  readonly conditions: readonly ConditionTrace[]
  readonly rules: readonly RuleTrace[]
}

export interface VariantTrace {
  readonly key: string
  readonly from: number
  readonly to: number
  readonly chosen: boolean
}

export interface Step {
  readonly kind: StepKind
  readonly outcome: "decided" | "passed" | "skipped"
  readonly text: string
  readonly subject?: string
  readonly enabled: boolean
  readonly value?: Json
  readonly percent?: number
  readonly bucket?: number
  readonly variants?: readonly VariantTrace[]
  readonly rules?: readonly RuleTrace[]
  readonly inner?: readonly Step[]
}

export interface Trace {
  readonly flag: string
  readonly type: string
  readonly identifier: string
  readonly enabled: boolean
  readonly value?: Json
  readonly variant: string
  readonly reason: string
  readonly off_by?: string
  readonly steps: readonly Step[]
}

export interface Explanation {
  readonly trace: Trace
  readonly traits: Traits
  readonly stored: Traits
  readonly recent: Traits
  readonly findings: readonly {
    readonly subject: "segment" | "flag"
    readonly key: string
    readonly finding: Finding
  }[]
}

export interface ExplainRequest {
  readonly identifier: string
  readonly traits: Traits
  readonly use_stored_traits: boolean
}

export interface IdentityList {
  readonly identities: readonly {
    readonly identifier: string
    readonly traits: number
    readonly updated_at: string
  }[]
  readonly known: number
}

export interface IdentityFlag {
  readonly key: string
  readonly enabled: boolean
  readonly value?: Json
  readonly variant: string
  readonly reason: string
  readonly off_by?: string
  readonly override: boolean
}

export interface IdentityPage {
  readonly identifier: string
  readonly known: boolean
  readonly traits: Traits
  readonly recent: Traits
  readonly updated_at?: string
  readonly segments: readonly string[]
  readonly flags: readonly IdentityFlag[]
}
