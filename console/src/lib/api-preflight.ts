/** The wire of checklists, as internal/preflight and internal/api/preflight.go write it. */

export type ItemKind =
  | "flag"
  | "telemetry"
  | "baseline"
  | "on_call"
  | "backup"
  | "drill"
  | "check"
  | "manual"

export interface Item {
  readonly key: string
  readonly kind: ItemKind
  readonly title: string
  readonly required: boolean
  readonly from?: number
  readonly days?: number
  readonly visits?: number
  readonly check?: string
  readonly each_phase?: boolean
}

export type LineState = "green" | "red" | "advice" | "overridden"

export interface Line extends Item {
  readonly state: LineState
  readonly text: string
  /** How to make it so. */
  readonly way?: string
  readonly by?: string
  readonly note?: string
  readonly at?: string
  readonly url?: string
  readonly override?: { readonly by: string; readonly reason: string; readonly at: string }
}

export interface Report {
  readonly rollout?: string
  /** A phase follows. */
  readonly enters: boolean
  readonly phase: number
  readonly name?: string
  readonly percent?: number
  readonly release?: string
  readonly green: boolean
  readonly red: number
  readonly lines: readonly Line[]
}

export interface Checklist {
  readonly template: string
  readonly items: readonly Item[]
}

export interface OnCall {
  readonly who: string
  readonly contact?: string
  readonly until: string
  readonly by: string
}

export interface DoneRecord {
  readonly id: string
  readonly kind: "backup" | "drill"
  readonly at: string
  readonly by: string
  readonly note: string
  readonly url?: string
}

export interface CheckVerdict {
  readonly release: string
  readonly name: string
  readonly passed: boolean
  readonly url?: string
  readonly at: string
  readonly by: string
}

export interface ChecklistOverview {
  readonly checklist: Checklist
  readonly templates: readonly Checklist[]
  readonly on_call: OnCall
  readonly records: readonly DoneRecord[]
  readonly release: string
  readonly checks: readonly CheckVerdict[]
  readonly report: Report
}
