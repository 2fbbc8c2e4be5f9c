/** The console's wire, as internal/api/wire.go writes it; snake_case lives here because bytes arrive here. */

export type Json = unknown

export interface Setup {
  readonly needed: boolean
}

export interface Person {
  readonly id: string
  readonly name: string
  readonly email: string
  readonly role: "admin" | "operator" | "viewer" | string
}

export interface Credentials {
  readonly email: string
  readonly password: string
}

export interface NewAdministrator extends Credentials {
  readonly name: string
}

export interface Demo {
  readonly app_url: string
  readonly fault_flag: string
}

export interface Instance {
  readonly version: string
  readonly demo?: Demo
}

export interface Environment {
  readonly id: string
  readonly key: string
  readonly name: string
  readonly project: string
  readonly client_key: string
  readonly server_key?: string
}

export interface Clients {
  readonly connected: number
  readonly confirmed: number
  readonly unknown: number
  readonly revision: number
}

export interface TrafficMinute {
  readonly at: string
  readonly sessions: number
  readonly errors: number
}

export interface Traffic {
  readonly minutes: readonly TrafficMinute[]
  readonly last_at?: string
}

export interface Overview {
  readonly environment: Environment
  readonly rollouts: readonly RolloutSummary[]
  readonly incidents: readonly Incident[]
  readonly issues: readonly IssueSummary[]
  readonly clients: Clients
  readonly traffic: Traffic
  readonly commits: readonly Commit[]
}

export type FlagType = "boolean" | "string" | "number" | "json"

export interface Split {
  readonly rollout: string
  readonly salt: string
  readonly percent: number
}

export interface Override {
  readonly for: string
  readonly priority: number
  readonly enabled: boolean
  readonly value?: Json
}

export interface Flag {
  readonly id: string
  readonly key: string
  readonly description: string
  readonly type: FlagType
  readonly enabled: boolean
  readonly value?: Json
  readonly parent?: string
  readonly server_only: boolean
  readonly tags: readonly string[]
  readonly segments: readonly Override[]
  readonly identities: readonly Override[]
  readonly split?: Split
  readonly version: number
  readonly updated_at: string
}

export interface FlagNode extends Flag {
  readonly children: readonly FlagNode[]
  readonly rollout?: string
  readonly lost: boolean
}

export interface FlagChange {
  readonly enabled?: boolean
  readonly value?: Json
  readonly reason: string
}

export interface NewFlag {
  readonly key: string
  readonly description: string
  readonly type: FlagType
  readonly enabled: boolean
  readonly value?: Json
  readonly parent?: string
  readonly reason: string
}

export type RolloutState =
  | "draft"
  | "running"
  | "awaiting_approval"
  | "held"
  | "rolled_back"
  | "completed"
  | "discarded"

export type GuardKind =
  | "errors"
  | "new_issue"
  | "silent_clients"
  | "segments"
  | "lcp"
  | "inp"
  | "cls"
  | "ttfb"
  | "page_load"
  | "metric"
  | "conversion"
  | "sample_ratio"
  | "ingest"
  | "brake"

/** What proven harm leads to. */
export type GuardAction = "notify" | "hold" | "freeze" | "roll_back"

export interface Phase {
  readonly name: string
  readonly percent: number
  /** Go's way of writing time spans: "1h30m0s". */
  readonly min_dwell: string
  readonly max_dwell: string
  readonly min_users: number
  readonly approval: boolean
  /** Checks that must be green before the phase is entered. */
  readonly checks?: readonly string[]
  /** When the phase may be left; none for always. */
  readonly windows?: readonly Window[]
}

/** A stretch of the week. */
export interface Window {
  readonly days?: readonly string[]
  readonly from?: string
  readonly to?: string
  readonly zone: string
}

export interface Guard {
  readonly kind: GuardKind
  readonly share: number
  readonly ratio: number
  readonly margins: readonly number[] | null
  readonly tolerance?: number
  readonly action?: GuardAction
  readonly events?: readonly string[]
  readonly metric?: string
}

export interface Plan {
  readonly phases: readonly Phase[]
  readonly guards: readonly Guard[]
  readonly budget: number
  readonly promotion_error: number
  readonly silent_after: string
  readonly maturity: string
  /** Percent of people who stay on the old version in the last phase and after it. */
  readonly hold_back?: number
  readonly tell?: readonly string[]
}

/** What a rollout is judged by for a while, with a budget of its own. */
export interface Test {
  readonly from: string
  readonly span: number
  readonly budget: number
}

export interface Span {
  readonly phase: number
  readonly percent: number
  readonly from: string
  readonly to?: string
}

export interface Lost {
  readonly component: string
  readonly at: string
  readonly by: string
  readonly reason: string
  readonly decision_id?: string
}

/** What a guard told that does not roll back. */
export interface Alert {
  readonly guard: GuardKind
  readonly metric?: string
  readonly scope: string
  readonly action: GuardAction
  readonly reason: string
  readonly at: string
}

export interface Approval {
  readonly phase: number
  readonly by: string
  readonly reason: string
  readonly at: string
}

export interface Rollout {
  readonly id: string
  readonly environment_id: string
  readonly name: string
  readonly flag: string
  readonly components: readonly string[]
  /** Of components that stand below another one: which. */
  readonly parents?: Readonly<Record<string, string>>
  readonly plan: Plan
  readonly state: RolloutState
  readonly phase: number
  readonly spans: readonly Span[]
  readonly lost: readonly Lost[]
  readonly approvals: readonly Approval[]
  readonly alerts?: readonly Alert[]
  readonly held_reason?: string
  /** While held: since when. */
  readonly held_at?: string
  /** Earlier holds of this phase, as Go writes spans. */
  readonly held_for?: string
  readonly created_at: string
  readonly started_at?: string
  readonly ended_at?: string
  readonly incident?: string
  /** None while there was only one. */
  readonly tests?: readonly Test[]
  readonly attempt?: number
  /** The attempt before. */
  readonly retry_of?: string
  readonly released_at?: string
}

export interface Arm {
  readonly users: number
  readonly affected: number
}

export type ReadingStatus = "harmful" | "watching" | "safe" | "waiting" | "off" | "broken"

export interface Effect {
  readonly kind: "ratio" | "difference"
  readonly estimate: number
  readonly low: number
  readonly high: number
}

/** Something that a harm is traced to. */
export interface Culprit {
  readonly dimension: "component" | "fingerprint" | "browser" | "os" | "tier" | "release"
  readonly value: string
  readonly title?: string
  readonly log_e: number
  readonly treatment: number
  readonly control: number
}

export interface Reading {
  readonly guard: GuardKind
  readonly scope: string
  readonly fingerprint?: string
  readonly log_e: number
  readonly threshold: number
  readonly safe_log_e: number
  readonly safe_need: number
  readonly treatment: Arm
  readonly control: Arm
  readonly status: ReadingStatus
  /** Missing in readings that an older Belay kept, as are the following. */
  readonly unit?: "people" | "views" | "requests"
  readonly action?: GuardAction
  readonly metric?: string
  /** Harm to be excluded before this phase is left, as a fraction. */
  readonly margin?: number
  /** Beyond it a view is slow: ms, of CLS the score. */
  readonly limit?: number
  readonly effect?: Effect
  readonly culprit?: Culprit
  readonly blame?: readonly Culprit[]
  /** Of a component that went back: only what happened since is counted. */
  readonly since?: string
}

export interface RolloutSummary extends Rollout {
  readonly treatment_users: number
  readonly control_users: number
  readonly worst?: Reading
}

export interface Cohort {
  readonly phase: number
  readonly treatment: number
  readonly control: number
}

export interface Part {
  readonly component: string
  readonly on: boolean
  readonly lost?: Lost
  readonly exposed: number
  readonly treatment: Arm
  readonly control: Arm
  readonly boundary_hits: number
  /** Title of its new error with most evidence, and the error's fingerprint. */
  readonly worst_issue?: string
  readonly worst_fingerprint?: string
}

export type Action =
  | "continue"
  | "start"
  | "discard"
  | "advance"
  | "ask_approval"
  | "approve"
  | "hold"
  | "notify"
  | "resume"
  | "roll_back_component"
  | "roll_back"
  | "complete"
  | "change_policy"
  | "release"
  | "override_checklist"

export interface Decision {
  readonly id: string
  readonly rollout_id: string
  readonly at: string
  readonly by: string
  readonly action: Action
  /** What was taken back, when it was not everything. */
  readonly components?: readonly string[]
  readonly phase: number
  readonly reason: string
  readonly evidence: readonly Reading[]
  /** What a person went on without. */
  readonly missing?: readonly string[]
  /** What follows from a person's act. */
  readonly note?: string
}

export interface Next {
  readonly action: Action
  readonly text: string
  readonly not_before?: string
  readonly waiting: readonly string[]
  /** How many of what it waits for the checklist lacks. */
  readonly lacking?: number
}

export interface Health {
  readonly ok: boolean
  readonly text: string
  readonly last_event_at?: string
}

export interface RolloutPage extends Rollout {
  readonly cohorts: readonly Cohort[]
  readonly readings: readonly Reading[]
  readonly parts: readonly Part[]
  readonly decisions: readonly Decision[]
  readonly next: Next
  readonly health: Health
}

export interface Point {
  readonly at: string
  readonly log_e: number
  readonly safe_log_e: number
}

export interface Line {
  readonly guard: GuardKind
  readonly metric?: string
  readonly scope: string
  readonly threshold: number
  readonly safe_need: number
  readonly points: readonly Point[]
}

export interface Series {
  readonly lines: readonly Line[]
}

export interface NewRollout {
  readonly name: string
  readonly flag: string
  readonly components?: readonly string[]
  readonly plan?: Plan
  readonly reason: string
}

export type Act = "start" | "advance" | "hold" | "resume" | "approve" | "rollback"

export interface IssueSummary {
  readonly fingerprint: string
  readonly title: string
  readonly component?: string
  readonly page?: string
  readonly source: string
  readonly events: number
  readonly users: number
  readonly by_variant: Readonly<Record<string, number>>
  readonly first_at: string
  readonly last_at: string
  readonly new: boolean
  readonly minutes: readonly number[]
}

export interface Issue extends IssueSummary {
  readonly stack: string
  readonly releases: readonly string[]
  readonly browsers: Readonly<Record<string, number>>
  readonly pages: Readonly<Record<string, number>>
}

export type IncidentStatus = "open" | "acknowledged" | "mitigated" | "resolved"

export interface Entry {
  readonly at: string
  readonly by: string
  readonly text: string
  readonly evidence?: Json
}

export interface Incident {
  readonly id: string
  readonly number: number
  readonly title: string
  readonly severity: "P0" | "P1" | "P2" | "P3"
  readonly status: IncidentStatus
  readonly rollout?: string
  readonly component?: string
  readonly opened_at: string
  readonly resolved_at?: string
  readonly timeline: readonly Entry[]
}

export interface IncidentNote {
  readonly text: string
  readonly status?: IncidentStatus
}

export interface Change {
  readonly kind: string
  readonly subject: string
  readonly before?: Json
  readonly after?: Json
  /** Of a change request that adopts a client key: the key, and whether people are spread by it. */
  readonly needs?: { readonly secret: string; readonly spread: boolean }
}

export interface Commit {
  readonly revision: number
  readonly at: string
  readonly actor: {
    readonly kind: "person" | "token" | "system"
    readonly id: string
    readonly name: string
  }
  readonly reason: string
  readonly changes: readonly Change[]
}

export const topics = [
  "flags",
  "rollouts",
  "issues",
  "incidents",
  "changes",
  "experiments",
  "webhooks",
  "environments",
  "people",
  "commits",
  "clients",
  "traffic",
] as const
export type Topic = (typeof topics)[number]
