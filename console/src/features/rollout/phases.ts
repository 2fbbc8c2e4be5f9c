import type { Rollout, RolloutPage } from "../../lib/api.ts"
import { count } from "../../lib/number.ts"
import { parseSpan, saySpan } from "../../lib/time.ts"

/** How a phase stands to the present. */
export type Step = "done" | "now" | "next" | "skipped" | "left"

export function stepOf(r: Rollout, index: number): Step {
  if (r.state === "draft") return "next"
  if (r.state === "discarded") return "skipped"
  if (index < r.phase || r.state === "completed") return "done"
  if (index > r.phase) return r.state === "rolled_back" ? "skipped" : "next"
  return r.state === "rolled_back" ? "left" : "now"
}

/** Milliseconds that a phase was or has been in force. */
export function spentIn(r: Rollout, index: number, now: number): number {
  let total = 0
  for (const span of r.spans) {
    if (span.phase !== index || span.percent <= 0) continue
    const until = span.to ? new Date(span.to).getTime() : now
    total += Math.max(0, until - new Date(span.from).getTime())
  }
  return total
}

/**
 * When a phase to come can begin at the earliest: a moment in milliseconds, of a draft the time after its start; undefined
 * while nobody knows, because it is held.
 */
export function earliest(page: RolloutPage, index: number): number | undefined {
  const stays = (from: number): number =>
    page.plan.phases.slice(from, index).reduce((sum, p) => sum + (parseSpan(p.min_dwell) ?? 0), 0)
  if (page.state === "draft") return stays(0)
  if (!page.next.not_before) return undefined
  return new Date(page.next.not_before).getTime() + stays(page.phase + 1)
}

export interface Condition {
  readonly what: string
  readonly met: boolean
  /** How much of it is there, as people say it. */
  readonly stands: string
}

/** All that it takes to leave the present phase, and what is there of it. */
export function conditions(page: RolloutPage, now: number): readonly Condition[] {
  return [
    stay(page, now),
    people(page),
    proofs(page),
    telemetry(page),
    checklist(page),
    yes(page),
  ].filter((c) => c !== undefined)
}

/** Milliseconds of the present phase that count for its shortest stay: holds do not. */
export function stayed(r: Rollout, now: number): number {
  const from = new Date(r.spans.at(-1)?.from ?? now).getTime()
  const until = r.held_at ? new Date(r.held_at).getTime() : now
  return Math.max(0, until - from - (parseSpan(r.held_for ?? "0") ?? 0))
}

function stay(page: RolloutPage, now: number): Condition | undefined {
  const dwell = parseSpan(page.plan.phases[page.phase]?.min_dwell ?? "") ?? 0
  if (dwell <= 0) return undefined
  const end = page.next.not_before && new Date(page.next.not_before).getTime()
  const stays = end ? dwell - Math.max(0, end - now) : stayed(page, now)
  const met = stays >= dwell
  return {
    what: "Stay",
    met,
    stands: met ? saySpan(dwell) : `${saySpan(Math.max(0, stays))} of ${saySpan(dwell)}`,
  }
}

function people(page: RolloutPage): Condition | undefined {
  const wanted = page.plan.phases[page.phase]?.min_users ?? 0
  if (wanted <= 0) return undefined
  const seen = page.cohorts.findLast((c) => c.phase === page.phase)?.treatment ?? 0
  const met = seen >= wanted
  return { what: "People", met, stands: met ? count(wanted) : `${count(seen)} of ${count(wanted)}` }
}

function proofs(page: RolloutPage): Condition | undefined {
  const gates = page.readings.filter((r) => r.safe_need > 0)
  if (gates.length === 0) return undefined
  const proven = gates.filter((r) => r.safe_log_e >= r.safe_need).length
  return {
    what: "Proofs of safety",
    met: proven === gates.length,
    stands: `${proven} of ${gates.length}`,
  }
}

const telemetry = (page: RolloutPage): Condition | undefined =>
  page.health.ok ? undefined : { what: "Telemetry", met: false, stands: "missing" }

const checklist = (page: RolloutPage): Condition | undefined =>
  page.next.lacking
    ? { what: "Checklist", met: false, stands: `${count(page.next.lacking)} missing` }
    : undefined

function yes(page: RolloutPage): Condition | undefined {
  const asks = page.plan.phases[page.phase]?.approval && page.phase < page.plan.phases.length - 1
  if (!asks) return undefined
  const given = page.approvals.find((a) => a.phase === page.phase)
  return { what: "A person's yes", met: !!given, stands: given?.by ?? "nobody yet" }
}
