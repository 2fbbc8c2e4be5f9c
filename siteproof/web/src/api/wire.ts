/** The shapes that SiteProof's server sends and takes, as JSON. Times are ISO 8601 in UTC, days are `YYYY-MM-DD`. */

export interface Account {
  readonly id: string
  readonly name: string
  readonly email: string
  readonly role: string
}

export interface Project {
  readonly id: string
  readonly code: string
  readonly name: string
  readonly address: string
  readonly client: string
}

export type Severity = "minor" | "major" | "critical"
export type NcrStatus = "raised" | "investigating" | "disposition" | "verification" | "closed"
export type Disposition = "rework" | "repair" | "use-as-is" | "reject"
export type NcrCategory = "workmanship" | "materials" | "documentation" | "design" | "safety"

/** A non-conformance report as lists show it. */
export interface NcrSummary {
  readonly id: string
  readonly projectId: string
  readonly number: string
  readonly title: string
  readonly location: string
  readonly severity: Severity
  readonly category: NcrCategory
  readonly status: NcrStatus
  readonly raisedBy: string
  readonly raisedAt: string
  readonly assignee: string
  /** Empty when nobody set one. */
  readonly dueOn: string
  readonly closedAt: string
}

/** One step in the life of an NCR, oldest first. */
export interface NcrEvent {
  readonly id: string
  readonly at: string
  readonly by: string
  /** Empty for the raising. */
  readonly from: NcrStatus | ""
  readonly to: NcrStatus
  readonly note: string
}

export interface Ncr extends NcrSummary {
  readonly description: string
  readonly immediateAction: string
  readonly rootCause: string
  readonly disposition: Disposition | ""
  readonly correctiveAction: string
  readonly verification: string
  readonly history: readonly NcrEvent[]
  /** The states it may go to now. */
  readonly next: readonly NcrStatus[]
}

/** What raising an NCR sends. */
export interface NewNcr {
  readonly projectId: string
  readonly title: string
  readonly location: string
  readonly severity: Severity
  readonly category: NcrCategory
  readonly description: string
  readonly immediateAction: string
  readonly rootCause: string
  readonly assignee: string
  readonly dueOn: string
}

/** What moving an NCR to another state sends. */
export interface NcrMove {
  readonly to: NcrStatus
  readonly note: string
  readonly rootCause: string
  readonly disposition: Disposition | ""
  readonly correctiveAction: string
}

export type ItemKind = "inspection" | "witness" | "hold"
export type ItemResult = "open" | "pass" | "fail" | "na"
/** `held`: the next thing to do is to release a hold point. */
export type ItpStatus = "not-started" | "in-progress" | "held" | "complete"

export interface Signature {
  readonly name: string
  readonly kind: "drawn" | "typed"
  /** PNG as a data URL; empty when typed. */
  readonly image: string
  readonly at: string
}

export interface ItpItem {
  readonly id: string
  readonly position: number
  readonly activity: string
  /** Acceptance criteria. */
  readonly acceptance: string
  /** Standard or specification clause. */
  readonly reference: string
  readonly kind: ItemKind
  readonly result: ItemResult
  readonly note: string
  readonly inspectedBy: string
  /** Empty while open. */
  readonly inspectedAt: string
  /** Planned day of a hold or witness point; may be empty. */
  readonly plannedOn: string
  readonly signature: Signature | null
}

/** An inspection and test plan as lists show it. */
export interface ItpSummary {
  readonly id: string
  readonly projectId: string
  readonly number: string
  readonly title: string
  readonly trade: string
  readonly location: string
  readonly status: ItpStatus
  readonly itemsTotal: number
  readonly itemsDone: number
  /** Hold points not signed yet. */
  readonly holdsOpen: number
  readonly updatedAt: string
}

export interface Itp extends ItpSummary {
  readonly items: readonly ItpItem[]
}

/** What recording an inspection sends. */
export interface ItemChange {
  readonly itemId: string
  readonly result: ItemResult
  readonly note: string
}

/** What signing a hold point sends. */
export interface NewSignature {
  readonly itemId: string
  readonly name: string
  readonly kind: "drawn" | "typed"
  readonly image: string
}

export type Weather = "fine" | "overcast" | "showers" | "rain" | "wind" | "storm"

export interface CrewLine {
  readonly trade: string
  readonly count: number
}

export interface PlantLine {
  readonly name: string
  readonly hours: number
}

export interface DiaryEntry {
  readonly projectId: string
  readonly day: string
  readonly weather: Weather
  /** °C at noon. */
  readonly temperature: number
  readonly crew: readonly CrewLine[]
  readonly plant: readonly PlantLine[]
  readonly notes: string
  readonly delays: string
  readonly author: string
  readonly updatedAt: string
  /** Grows with every save; 0 stands for "not saved yet". */
  readonly version: number
}

/** What saving a day sends. `version` is the one that was edited; the server refuses when another one has come since. */
export interface DiaryChange {
  readonly day: string
  readonly weather: Weather
  readonly temperature: number
  readonly crew: readonly CrewLine[]
  readonly plant: readonly PlantLine[]
  readonly notes: string
  readonly delays: string
  readonly version: number
}

export interface HoldPoint {
  readonly itpId: string
  readonly itpNumber: string
  readonly itemId: string
  readonly activity: string
  readonly location: string
  readonly plannedOn: string
  /** Everything before it is done: it can be signed now. */
  readonly signable: boolean
}

export interface Activity {
  readonly id: string
  readonly at: string
  readonly who: string
  readonly what: string
  /** Path in SiteProof where it can be seen. */
  readonly path: string
}

export interface SeverityCount {
  readonly minor: number
  readonly major: number
  readonly critical: number
}

export interface AgeBand extends SeverityCount {
  /** Such as `0–7 days`. */
  readonly label: string
}

export interface WeekCount {
  /** Monday of the week. */
  readonly week: string
  readonly raised: number
  readonly closed: number
}

export interface Dashboard {
  readonly project: Project
  readonly openNcrs: SeverityCount & { readonly total: number; readonly overdue: number }
  readonly holdPoints: readonly HoldPoint[]
  readonly diary: {
    /** Working days in a row, up to today or yesterday, that have an entry. */
    readonly streak: number
    /** The last 20 working days, oldest first. */
    readonly days: readonly { readonly day: string; readonly written: boolean }[]
  }
  /** The newest diary entry. */
  readonly latest: DiaryEntry | null
  readonly activity: readonly Activity[]
  /** Open NCRs by age. */
  readonly ageing: readonly AgeBand[]
  /** The last 8 weeks, oldest first. */
  readonly weeks: readonly WeekCount[]
  readonly itps: { readonly complete: number; readonly total: number }
}

/** GET /config.json: what the page must know before it starts. */
export interface PageConfig {
  readonly belayUrl: string
  readonly clientKey: string
  readonly release: string
  readonly demo: boolean
}
