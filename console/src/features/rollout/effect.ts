import type { Effect, GuardKind, Reading } from "../../lib/api.ts"
import { count, percent, share } from "../../lib/number.ts"

/** The bounds that a ratio is looked for in; at one of them nothing is known on that side. */
const extreme = { low: 0.0011, high: 990 } as const

/** What happens to people, as the middle of a sentence. */
const happens: Partial<Readonly<Record<GuardKind, string>>> = {
  errors: "meet an error",
  new_issue: "meet this new error",
  silent_clients: "are left with a page that says nothing",
  conversion: "do what they came for",
}

const times = (r: number): string => (r < 0.095 ? r.toFixed(2) : r < 9.95 ? r.toFixed(1) : count(r))

const points = (d: number): string => `${Math.abs(100 * d).toFixed(1)} percentage points`

function sayRatio(e: Effect, what: string): string {
  const low = e.low <= extreme.low ? "0" : times(e.low)
  if (e.estimate <= extreme.low) {
    return e.high >= extreme.high
      ? `Nobody with the new version does yet: too early to say whether as many ${what}.`
      : `Nobody with the new version does yet; at most ${times(e.high)} times as many ${what} as with the old.`
  }
  if (e.estimate >= extreme.high) {
    return `Only people with the new version ${what}: at least ${low} times as many as with the old.`
  }
  const between =
    e.high >= extreme.high ? `at least ${low}` : `between ${low} and ${times(e.high)} times`
  return `${times(e.estimate)} times as many people ${what} as with the old version; surely ${between}.`
}

function sayDifference(e: Effect, unit: string, limit: string): string {
  const course = e.estimate >= 0 ? "more" : "fewer"
  const bound = (d: number): string => (d >= 0 ? `${points(d)} more` : `${points(d)} fewer`)
  return `${points(e.estimate)} ${course} of the ${unit} are ${limit} than with the old version; surely between ${bound(e.low)} and ${bound(e.high)}.`
}

function beyond(r: Reading): string {
  if (r.guard === "metric" || r.limit === undefined) return "bad"
  return r.guard === "cls"
    ? `over ${Number(r.limit.toFixed(3))}`
    : `over ${count(Math.round(r.limit))} ms`
}

/** What a guard that compares nothing knows; undefined of the others. */
function sayPlain(r: Reading, planned: number | undefined): string | undefined {
  switch (r.guard) {
    case "sample_ratio":
      if (r.treatment.users === 0) return "Nobody has fetched flags yet."
      return planned === undefined
        ? `${share(r.treatment.affected, r.treatment.users)} of ${count(r.treatment.users)} people had the new version, over all phases.`
        : `${share(r.treatment.affected, r.treatment.users)} of ${count(r.treatment.users)} people have the new version; ${percent(planned)} is planned now.`
    case "ingest":
      return r.status === "broken"
        ? "Telemetry does not arrive; nothing goes on until it does."
        : "Telemetry arrives."
    case "brake":
      if (r.treatment.users === 0) return "Nobody with the new version came in two minutes."
      return `${share(r.treatment.affected, r.treatment.users)} of ${count(r.treatment.users)} people met an error in the last two minutes.`
    case "segments":
      return r.culprit
        ? `Most evidence on ${r.culprit.value}: ${count(r.culprit.treatment)} people with the new version and ${count(r.culprit.control)} with the old met errors.`
        : "Nobody met an error yet."
    case "new_issue":
      return r.fingerprint ? undefined : "No error that nobody met before."
    default:
      return undefined
  }
}

/**
 * What one guard knows in a plain sentence, with how sure it is. planned is the share that people are split by, percent;
 * undefined once the rollout has ended.
 */
export function sayEffect(r: Reading, planned: number | undefined): string {
  const plain = sayPlain(r, planned)
  if (plain) return plain
  if (r.treatment.users === 0 || r.control.users === 0) {
    return "Nothing to compare yet: no page reports this."
  }
  if (!r.effect) {
    return r.status === "safe" && r.margin
      ? `More than ${points(r.margin)} of harm is excluded; too little is known to say how large the difference is.`
      : "Too little to compare yet."
  }
  if (r.effect.kind === "difference") return sayDifference(r.effect, r.unit ?? "views", beyond(r))
  return sayRatio(r.effect, happens[r.guard] ?? "are hit")
}
