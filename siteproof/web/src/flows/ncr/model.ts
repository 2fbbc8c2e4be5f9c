import type { DraftInfo, FieldErrors, Resource, SaveState } from "../../api/state.ts"
import type {
  Disposition,
  Ncr,
  NcrCategory,
  NcrStatus,
  NcrSummary,
  Severity,
} from "../../api/wire.ts"

export const severities = ["minor", "major", "critical"] as const
export const severityLabels: Readonly<Record<Severity, string>> = {
  minor: "Minor",
  major: "Major",
  critical: "Critical",
}
export const statuses = [
  "raised",
  "investigating",
  "disposition",
  "verification",
  "closed",
] as const
export const statusLabels: Readonly<Record<NcrStatus, string>> = {
  raised: "Raised",
  investigating: "Investigating",
  disposition: "Disposition",
  verification: "Verification",
  closed: "Closed",
}
export const categories = ["workmanship", "materials", "documentation", "design", "safety"] as const
export const categoryLabels: Readonly<Record<NcrCategory, string>> = {
  workmanship: "Workmanship",
  materials: "Materials",
  documentation: "Documentation",
  design: "Design",
  safety: "Safety",
}
export const dispositions = ["rework", "repair", "use-as-is", "reject"] as const
export const dispositionLabels: Readonly<Record<Disposition, string>> = {
  rework: "Rework",
  repair: "Repair",
  "use-as-is": "Use as is",
  reject: "Reject",
}

export interface NcrFilter {
  /** Searches number, title, location and assignee. */
  readonly text: string
  readonly status: NcrStatus | "open" | "all"
  readonly severity: Severity | "all"
}

export interface NcrListModel {
  /** Those that pass the filter, newest first. */
  readonly ncrs: Resource<readonly NcrSummary[]>
  /** How many there are in each state, without the filter. */
  readonly counts: Readonly<Record<NcrStatus, number>>
  readonly filter: NcrFilter
  setFilter(patch: Partial<NcrFilter>): void
  /** Titles of NCRs that were raised on this device and wait to be sent. */
  readonly waiting: readonly { readonly id: string; readonly title: string }[]
  reload(): void
}

/** The non-conformance reports of the current project. */
export declare function useNcrList(): NcrListModel

/** Fields of the form that raises an NCR. Empty strings stand for "not chosen yet". */
export interface NcrValues {
  readonly title: string
  readonly location: string
  readonly severity: Severity | ""
  readonly category: NcrCategory | ""
  readonly description: string
  readonly immediateAction: string
  readonly rootCause: string
  readonly assignee: string
  readonly dueOn: string
}

export interface NcrFormModel {
  readonly values: NcrValues
  /** Messages; only for fields that were left or after a try to raise. */
  readonly errors: FieldErrors<NcrValues>
  readonly save: SaveState
  readonly online: boolean
  readonly draft: DraftInfo
  /** People who may be given the NCR. */
  readonly people: readonly string[]
  /** The NCR that was made, once the server has answered. */
  readonly raised: NcrSummary | undefined
  set(patch: Partial<NcrValues>): void
  /** To be called when a field loses focus. */
  leave(field: keyof NcrValues): void
  /** Validates and saves; offline the NCR waits on this device. Never rejects. */
  submit(): Promise<void>
  /** Starts another NCR after one was saved. */
  again(): void
}

/** The form that raises an NCR. Its draft has the key `ncr-new`, the same in both designs. */
export declare function useNcrForm(): NcrFormModel

/** What the person enters to move an NCR on. */
export interface MoveValues {
  readonly note: string
  readonly rootCause: string
  readonly disposition: Disposition | ""
  readonly correctiveAction: string
}

/** A step that may be taken now. */
export interface Step {
  readonly to: NcrStatus
  /** Text of its button, such as `Start investigation`. */
  readonly label: string
  /** Fields that must be filled for it. */
  readonly needs: readonly (keyof MoveValues)[]
  /** The step goes back in the workflow. */
  readonly back: boolean
}

export interface NcrModel {
  readonly ncr: Resource<Ncr>
  /** Every state with whether it is passed, current or still to come: for a stepper. */
  readonly stages: readonly { readonly status: NcrStatus; readonly at: "done" | "now" | "next" }[]
  readonly steps: readonly Step[]
  readonly values: MoveValues
  readonly errors: FieldErrors<MoveValues>
  readonly save: SaveState
  readonly draft: DraftInfo
  set(patch: Partial<MoveValues>): void
  /** Takes a step. Never rejects. */
  move(to: NcrStatus): Promise<void>
  reload(): void
}

/** One NCR with its workflow. */
export declare function useNcr(id: string): NcrModel
