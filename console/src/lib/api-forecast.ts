/** What the server foretells of a plan, as internal/forecast writes it. */

import type { GuardKind, Plan } from "./api.ts"

export type Sight = "sees" | "not" | "nothing" | "unknown"

export interface ForecastGuard {
  readonly kind: GuardKind
  readonly metric?: string
  readonly sight: Sight
  /** Of "sees": from the harm's first moment on, as Go writes spans. */
  readonly after: string
  /** Of "sees": people who have met it by then. */
  readonly people: number
  /** Of the others: why. */
  readonly text: string
}

export interface ForecastPhase {
  readonly name: string
  readonly percent: number
  readonly guards: readonly ForecastGuard[]
  /** Place in guards of the one that sees the harm first, -1 when none does. */
  readonly soonest: number
  /** Until enough people have the new version; missing when that takes longer than is foretold. */
  readonly users?: string
  /** Until a harmless version is proven safe; missing likewise. */
  readonly safe?: string
}

export interface ForecastTraffic {
  readonly enough: boolean
  readonly needs?: string
  readonly for: number
  readonly sessions: number
  readonly people: number
  readonly per_minute: number
}

export interface Forecast {
  readonly harm: number
  readonly traffic: ForecastTraffic
  readonly phases: readonly ForecastPhase[]
}

export interface Foretell {
  readonly flag: string
  readonly components?: readonly string[]
  readonly plan?: Plan
  readonly harm: number
}
