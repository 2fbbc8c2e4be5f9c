import type {
  Culprit,
  Decision,
  Guard,
  GuardKind,
  Part,
  Reading,
  ReadingStatus,
  Rollout,
  RolloutPage,
} from "../../lib/api.ts"
import type { Tone } from "../../ui/tone.ts"
import { guardWords } from "./guard-words.ts"

/** What a guard says of one scope, as a badge. */
export const readingWords: Readonly<
  Record<ReadingStatus, { readonly tone: Tone; readonly text: string }>
> = {
  harmful: { tone: "harm", text: "Harm proven" },
  watching: { tone: "live", text: "Watching" },
  safe: { tone: "safe", text: "Proven safe" },
  waiting: { tone: "idle", text: "Too little data" },
  off: { tone: "idle", text: "Off" },
  broken: { tone: "warn", text: "Not in order" },
}

/** What a guard says, as a badge; one that has ended watches no more. */
export const badgeOf = (
  status: ReadingStatus,
  over: boolean,
): { readonly tone: Tone; readonly text: string } =>
  over && status === "watching" ? { tone: "idle", text: "No harm proven" } : readingWords[status]

/** The scope "" is everything that is still on. */
export const scopeName = (scope: string): string => (scope === "" ? "All together" : scope)

/** A guard as people call it; each server metric is a guard of its own. */
export const guardName = (kind: GuardKind, metric?: string): string =>
  kind === "metric" && metric ? metric : (guardWords[kind]?.name ?? kind)

/** How much of the evidence needed to prove harm is there, 0 to 1 and beyond; undefined where nothing is to be proven. */
export const harmShare = (r: Reading): number | undefined =>
  r.threshold > 0 ? r.log_e / r.threshold : undefined

/** How much of the evidence needed to prove safety is there; undefined where this guard holds no phase. */
export const safeShare = (r: Reading): number | undefined =>
  r.safe_need > 0 ? r.safe_log_e / r.safe_need : undefined

/** A share of a proof as people read it: never "100 %" before it is there, never below nothing. */
export const sayProof = (share: number): string =>
  `${share >= 1 ? 100 : Math.floor(100 * Math.max(0, share))} %`

const gone = (r: Rollout, scope: string): boolean => r.lost.some((l) => l.component === scope)

/** The readings of what is still on. */
export const present = (page: RolloutPage): readonly Reading[] =>
  page.readings.filter((r) => !gone(page, r.scope))

/** The readings of one guard of a plan. */
export const readingsOf = (page: RolloutPage, guard: Guard): readonly Reading[] =>
  page.readings.filter((r) => r.guard === guard.kind && (r.metric ?? "") === (guard.metric ?? ""))

/** The reading nearest to proving harm. */
export function nearest(readings: readonly Reading[]): Reading | undefined {
  let worst: Reading | undefined
  for (const reading of readings) {
    if (harmShare(reading) === undefined) continue
    if (!worst || (harmShare(reading) ?? 0) > (harmShare(worst) ?? 0)) worst = reading
  }
  return worst
}

/** From this share of a proof on, something is called suspicious. */
export const suspicious = 0.5

/** Below so many people who saw it, nobody calls a component healthy. */
const fewPeople = 20

/** How a component fares, as a badge. */
export function partWords(
  page: RolloutPage,
  part: Part,
): { readonly tone: Tone; readonly text: string } {
  if (page.state === "draft" || page.state === "discarded")
    return { tone: "idle", text: "Not started" }
  if (part.lost) return { tone: "harm", text: "Taken back" }
  if (page.state === "rolled_back") return { tone: "idle", text: "On the old version" }
  const worst = nearest(page.readings.filter((r) => r.scope === part.component))
  if (worst?.status === "harmful") return { tone: "harm", text: "At fault" }
  if (worst && (harmShare(worst) ?? 0) >= suspicious) return { tone: "warn", text: "Suspicious" }
  if (part.exposed < fewPeople) return { tone: "live", text: "Watching" }
  return { tone: "safe", text: "Healthy" }
}

/** The decision that took a component back, if the page has it. */
export const decisionOf = (page: RolloutPage, part: Part): Decision | undefined =>
  page.decisions.find((d) => part.lost?.decision_id !== undefined && d.id === part.lost.decision_id)

/** The proven harm that a decision rested on: of its component, or of everything. */
export function harmOf(d: Decision): Reading | undefined {
  const proven = d.evidence.filter((r) => r.status === "harmful")
  return proven.find((r) => d.components?.includes(r.scope)) ?? nearest(proven) ?? proven[0]
}

/** What a harm is traced to, without what the place where it is shown says already. */
export function culpritsOf(reading: Reading | undefined, component?: string): readonly Culprit[] {
  if (!reading) return []
  const all = reading.blame?.length ? reading.blame : reading.culprit ? [reading.culprit] : []
  return all.filter((c) => !(c.dimension === "component" && c.value === component))
}
