import type {
  Action,
  GuardKind,
  Part,
  Reading,
  ReadingStatus,
  Rollout,
  RolloutPage,
  RolloutState,
} from "../../lib/api.ts"
import { percent } from "../../lib/number.ts"
import { clockTime } from "../../lib/time.ts"
import type { Tone } from "../../ui/tone.ts"

/** A state as a badge. */
export const stateWords: Readonly<
  Record<RolloutState, { readonly tone: Tone; readonly text: string }>
> = {
  draft: { tone: "idle", text: "Not started" },
  running: { tone: "live", text: "Running" },
  awaiting_approval: { tone: "warn", text: "Waiting for a yes" },
  held: { tone: "warn", text: "Held" },
  rolled_back: { tone: "harm", text: "Rolled back" },
  completed: { tone: "safe", text: "Completed" },
}

interface GuardWords {
  readonly name: string
  /** What it watches, as the end of a sentence. */
  readonly watches: string
  /** What an affected person met, for table heads. */
  readonly affected: string
}

/** What each guard is called and watches. */
export const guardWords: Readonly<Record<GuardKind, GuardWords>> = {
  errors: {
    name: "Errors",
    watches:
      "Are people with the new version more likely to meet an error than people with the old?",
    affected: "met an error",
  },
  new_issue: {
    name: "New errors",
    watches: "Does an error that nobody met before this rollout come with the new version?",
    affected: "met a new error",
  },
  silent_clients: {
    name: "Silent pages",
    watches: "Do pages ask for their flags and then never come up?",
    affected: "page stayed silent",
  },
  segments: {
    name: "Errors in one group",
    watches:
      "Do people on one browser, one system or in one tier meet more errors with the new version, even if all together do not?",
    affected: "met an error",
  },
  lcp: {
    name: "Painting (LCP)",
    watches:
      "Does the largest part of a page appear late more often than with the old version? First views after a change do not count as harm: caches are cold then.",
    affected: "were slow",
  },
  inp: {
    name: "Responding (INP)",
    watches: "Do pages answer to clicks and keys late more often than with the old version?",
    affected: "were slow",
  },
  cls: {
    name: "Jumping (CLS)",
    watches: "Does what people look at jump about more often than with the old version?",
    affected: "jumped",
  },
  ttfb: {
    name: "Server answers (TTFB)",
    watches: "Does the first byte come late more often than with the old version?",
    affected: "were slow",
  },
  page_load: {
    name: "Page loads",
    watches: "Do pages become usable late more often than with the old version?",
    affected: "were slow",
  },
  metric: {
    name: "Server metrics",
    watches: "Is what servers report about people with the new version worse than with the old?",
    affected: "were bad",
  },
  conversion: {
    name: "Good events",
    watches: "Do fewer people of the new version do what they came for, such as saving or sending?",
    affected: "did it",
  },
  sample_ratio: {
    name: "Split of people",
    watches:
      "Are people split as planned? If not, no other comparison can be trusted to go on, though harm is still judged.",
    affected: "on this side",
  },
  ingest: {
    name: "Telemetry",
    watches: "Does the data arrive on which verdicts rest?",
    affected: "",
  },
  brake: {
    name: "Emergency brake",
    watches:
      "In the last two minutes, did over 5 % of people meet an error, and twice as many as on the old version?",
    affected: "met an error",
  },
}

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

/** The scope "" is everything that is still on. */
export const scopeName = (scope: string): string => (scope === "" ? "All together" : scope)

const actions: Readonly<Record<Action, string>> = {
  continue: "Went on",
  start: "Started",
  advance: "Went to the next phase",
  ask_approval: "Asked for approval",
  approve: "Approved",
  hold: "Held",
  notify: "Told",
  resume: "Resumed",
  roll_back_component: "Took back",
  roll_back: "Rolled back everything",
  complete: "Completed",
}

/** What was done, such as "Took back ncr-form" or "Went to 25 %". */
export function sayAction(r: Rollout, action: Action, phase: number, component?: string): string {
  if (action === "roll_back_component" && component) return `Took back ${component}`
  const share = r.plan.phases[phase]?.percent
  if (share === undefined) return actions[action]
  if (action === "advance") return `Went to ${percent(share)}`
  if (action === "start") return `Started with ${percent(share)}`
  return actions[action]
}

/** A decision's tone. */
export function actionTone(action: Action): Tone {
  if (action === "roll_back" || action === "roll_back_component") return "harm"
  if (action === "hold" || action === "ask_approval" || action === "notify") return "warn"
  if (action === "complete" || action === "approve") return "safe"
  if (action === "continue") return "idle"
  return "live"
}

/** The share of people who have the new version now, percent. */
export function shareNow(r: Rollout): number {
  if (r.state === "draft" || r.state === "rolled_back") return 0
  return r.plan.phases[r.phase]?.percent ?? 0
}

/** Whether the rollout has ended for good. */
export const ended = (r: Rollout): boolean => r.state === "rolled_back" || r.state === "completed"

/** "ncr-form", "ncr-form and diary", "auth, ncr-form and diary". */
export function sayList(names: readonly string[]): string {
  if (names.length < 2) return names[0] ?? ""
  return `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`
}

export interface Headline {
  readonly tone: Tone
  /** What is the case. */
  readonly title: string
  /** What happens next, or what it means. */
  readonly text: string
}

/** The state in one plain sentence and what comes next in another, for somebody who was just woken. */
export function headline(r: Rollout, next: string): Headline {
  const share = percent(shareNow(r))
  const watched = "Harm is still judged all the time, and Belay would roll back by itself."
  switch (r.state) {
    case "draft":
      return {
        tone: "idle",
        title: "Nobody has the new version yet.",
        text:
          next ||
          `Starting it turns it on for ${percent(r.plan.phases[0]?.percent ?? 0)} of people.`,
      }
    case "rolled_back":
      return {
        tone: "harm",
        title: `Everybody has the old version${r.ended_at ? ` since ${clockTime(r.ended_at)}` : ""}.`,
        text: "This rollout is over. Once the cause is repaired, plan a new one.",
      }
    case "completed":
      return {
        tone: "safe",
        title: `Everybody has the new version${r.lost.length ? `, except ${sayList(r.lost.map((l) => l.component))}` : ""}.`,
        text: "The rollout is complete. The old version can be removed from the code.",
      }
    case "awaiting_approval":
      return {
        tone: "warn",
        title: `All is well at ${share}. A person has to say yes before it goes on.`,
        text: `${next} ${watched}`.trim(),
      }
    case "held":
      return {
        tone: "warn",
        title: `Held at ${share} of people.`,
        text: `${r.held_reason ? `${sentence(r.held_reason)} ` : ""}${watched}`,
      }
    case "running":
      return {
        tone: "live",
        title:
          shareNow(r) >= 100
            ? "Everybody has the new version; Belay is still watching."
            : `${share} of people have the new version.`,
        text: next,
      }
  }
}

/** Text with a capital and a full stop; names such as ncr-form keep their small letter. */
export function sentence(text: string): string {
  const said = text
    .trim()
    .replace(/^[a-z]+(?=[ ,:;])/, (w) => w.charAt(0).toUpperCase() + w.slice(1))
  return /[.!?]$/.test(said) ? said : `${said}.`
}

/** "ncr-form was taken back at 03:12 by Belay; the other 4 components go on." */
export function sayLost(r: Rollout): string | undefined {
  if (r.lost.length === 0 || r.state === "rolled_back") return undefined
  const names = sayList(r.lost.map((l) => l.component))
  const last = r.lost.at(-1)
  const left = r.components.length - r.lost.length
  const verb = r.lost.length === 1 ? "was" : "were"
  const rest =
    left === 1
      ? `the other component ${r.state === "completed" ? "stays" : "goes on"}`
      : `the other ${left} components ${r.state === "completed" ? "stay" : "go on"}`
  return `${names} ${verb} taken back${last ? ` at ${clockTime(last.at)} by ${last.by}` : ""}${left > 0 ? `; ${rest}` : ""}.`
}

/** How much of the evidence needed to prove harm is there, 0 to 1 and beyond; undefined where nothing is to be proven. */
export const harmShare = (r: Reading): number | undefined =>
  r.threshold > 0 ? r.log_e / r.threshold : undefined

/** The reading nearest to proving harm of one component or of all, if any guard watches it. */
export function worstOf(page: RolloutPage, scope: string): Reading | undefined {
  let worst: Reading | undefined
  for (const reading of page.readings) {
    if (reading.scope !== scope) continue
    if (!worst || (harmShare(reading) ?? -1) > (harmShare(worst) ?? -1)) worst = reading
  }
  return worst
}

/** From this share of a proof on, a component is shown as suspicious. */
const suspicious = 0.5

/** A component's state as a badge. */
export function partWords(
  r: Rollout,
  part: Part,
  worst: Reading | undefined,
): { readonly tone: Tone; readonly text: string } {
  if (r.state === "draft") return { tone: "idle", text: "Not started" }
  if (r.state === "rolled_back" && !part.lost) return { tone: "idle", text: "On the old version" }
  if (!part.on) return { tone: "harm", text: "Taken back" }
  if (worst?.status === "harmful") return { tone: "harm", text: "Harm proven" }
  if (worst && (harmShare(worst) ?? 0) >= suspicious) return { tone: "warn", text: "Suspicious" }
  return { tone: "safe", text: "On" }
}
