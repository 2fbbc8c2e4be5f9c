import type { Batch, ChangeRequest, ChangeState, Conflict } from "../../lib/api-changes.ts"
import type { Tone } from "../../ui/tone.ts"

/** Every state as a tone and a word. */
export const states: Readonly<Record<ChangeState, { readonly tone: Tone; readonly text: string }>> =
  {
    waiting: { tone: "warn", text: "Waits for approval" },
    scheduled: { tone: "live", text: "Scheduled" },
    stale: { tone: "harm", text: "Out of date" },
    late: { tone: "harm", text: "Late" },
    applied: { tone: "safe", text: "Made" },
    rejected: { tone: "idle", text: "Rejected" },
    withdrawn: { tone: "idle", text: "Withdrawn" },
    expired: { tone: "idle", text: "Expired" },
    failed: { tone: "harm", text: "Failed" },
  }

/** Whether something can still become of it. */
export const isOpen = (r: ChangeRequest): boolean =>
  r.state === "waiting" || r.state === "scheduled" || r.state === "stale" || r.state === "late"

/** A moment by the clocks of the zone it was meant in: "Mon, 30 Nov 2026, 09:00 (Europe/Berlin)". */
export function sayMoment(at: string, zone: string | undefined): string {
  const timeZone = zone || "UTC"
  const format = new Intl.DateTimeFormat(undefined, {
    timeZone,
    weekday: "short",
    day: "numeric",
    month: "short",
    year: "numeric",
    hour: "2-digit",
    minute: "2-digit",
  })
  return `${format.format(new Date(at))} (${timeZone})`
}

/** When the next step is made, in words. */
export function sayNext(steps: readonly Batch[]): string | undefined {
  const next = steps.find((s) => !s.applied_at)
  return next?.at ? sayMoment(next.at, next.zone) : undefined
}

/** What an open request waits for, in one sentence. */
export function sayWaits(r: ChangeRequest): string {
  const next = sayNext(r.steps)
  if (r.state === "scheduled") return next ? `It is scheduled for ${next}.` : "It is being made."
  if (r.state === "stale") return "What it touches has changed since: somebody has to look again."
  if (r.state === "late") return "Its time has passed: somebody has to say whether it still holds."
  const left = r.needed - r.approvals.length
  const who = left === 1 ? "one other person" : `${left} other people`
  return `It waits for the approval of ${who}${next ? `, and is then scheduled for ${next}` : ""}.`
}

/** Who may approve a request besides those who have, by name, and whether they are as many as it still needs. */
export function sayWho(names: readonly string[], left: number): string {
  if (names.length === 0) return "Nobody else here may approve it now."
  const first = names.slice(0, mostNamed)
  const more = names.length - first.length
  const all = more > 0 ? [...first, `${more} more`] : first
  const few =
    names.length < left ? ` It needs ${left} more people, so it waits for others too.` : ""
  return `May be approved by ${new Intl.ListFormat("en", { type: "disjunction" }).format(all)}.${few}`
}

/** How many people are named; the others are counted. */
const mostNamed = 6

/** What is in the way, precisely. */
export function sayConflict(c: Conflict): string {
  const who = c.by ? ` was changed by ${c.by} in revision ${c.revision}` : " has changed since"
  const what = c.field ? `${c.field} of ${c.subject}` : `${c.kind} ${c.subject}`
  return c.field
    ? `${what}${who}: it was ${write(c.expected)} and is ${write(c.now)}.`
    : `${what}${who}.`
}

const write = (v: unknown): string =>
  v === undefined || v === null ? "nothing" : JSON.stringify(v)

/** "turn checkout on" → "Turn checkout on". */
export const upper = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)
