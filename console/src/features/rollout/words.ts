import type { Action, Decision, GuardKind, Rollout, RolloutState } from "../../lib/api.ts"
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
  discarded: { tone: "idle", text: "Discarded" },
}

const actions: Readonly<Record<Action, string>> = {
  continue: "Went on",
  start: "Started",
  discard: "Discarded the plan",
  advance: "Went to the next phase",
  ask_approval: "Asked for approval",
  approve: "Approved",
  hold: "Held",
  notify: "Told",
  resume: "Resumed",
  roll_back_component: "Took back",
  roll_back: "Rolled back everything",
  complete: "Completed",
  change_policy: "Changed the policy",
  release: "Gave it to everybody",
  override_checklist: "Overrode the checklist",
}

/** What was done, such as "Took back ncr-form" or "Went to 25 %". */
export function sayAction(
  r: Rollout,
  { action, phase, components, at }: Pick<Decision, "action" | "phase" | "components" | "at">,
): string {
  if (action === "roll_back_component" && components?.length)
    return `Took back ${sayList(components)}`
  // The plan may have changed since.
  const then = r.spans.findLast((s) => s.phase === phase && Date.parse(s.from) <= Date.parse(at))
  const share = then?.percent ?? r.plan.phases[phase]?.percent
  if (share === undefined) return actions[action]
  if (action === "advance") return `Went to ${percent(share)}`
  if (action === "start") return `Started with ${percent(share)}`
  return actions[action]
}

/** A decision's tone. */
export function actionTone(action: Action): Tone {
  if (action === "roll_back" || action === "roll_back_component") return "harm"
  if (action === "hold" || action === "ask_approval" || action === "notify") return "warn"
  if (action === "override_checklist") return "warn"
  if (action === "complete" || action === "approve") return "safe"
  if (action === "continue" || action === "discard") return "idle"
  return "live"
}

/** The share of people who have the new version now, percent. */
export function shareNow(r: Rollout): number {
  if (r.state === "draft" || r.state === "discarded" || r.state === "rolled_back") return 0
  return r.released_at ? 100 : (r.plan.phases[r.phase]?.percent ?? 0)
}

/** Whether a completed rollout keeps people on the old version. */
export const holdsBack = (r: Rollout): boolean => r.state === "completed" && shareNow(r) < 100

/** Whether the rollout has ended for good. */
export const ended = (r: Rollout): boolean =>
  r.state === "rolled_back" || r.state === "completed" || r.state === "discarded"

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
  readonly next: string
}

/** Kinds of guards that hold, and take nothing back, unless the policy says otherwise. */
const holding: readonly GuardKind[] = ["conversion", "sample_ratio", "ingest"]

/** What Belay does while a rollout waits. harmed says that harm is proven by a guard that takes nothing back. */
function watch(r: Rollout, harmed: boolean): string {
  if (harmed) return "Nothing goes back by itself for this harm: a person decides."
  return r.plan.guards.some((g) =>
    g.action ? g.action === "roll_back" : !holding.includes(g.kind),
  )
    ? "Harm is still judged all the time, and Belay would roll back by itself."
    : "Harm is still judged all the time, and told; nothing goes back by itself."
}

/**
 * The state in one plain sentence and what comes next in another, for somebody who was just woken. harmed says that harm
 * is proven by a guard that takes nothing back.
 */
export function headline(r: Rollout, said = "", harmed = false): Headline {
  const share = percent(shareNow(r))
  const watched = watch(r, harmed)
  switch (r.state) {
    case "draft":
      return {
        tone: "idle",
        title: "Nobody has the new version yet.",
        next:
          said ||
          `Starting it turns it on for ${percent(r.plan.phases[0]?.percent ?? 0)} of people.`,
      }
    case "rolled_back":
      return {
        tone: "harm",
        title: `Everybody has the old version${r.ended_at ? ` since ${clockTime(r.ended_at)}` : ""}.`,
        next: "This rollout is over. Once the cause is repaired, plan a new one.",
      }
    case "discarded":
      return {
        tone: "idle",
        title: "This rollout was discarded before it started.",
        next: "Nobody got the new version by it, and its flag is free for another one.",
      }
    case "completed":
      if (holdsBack(r)) {
        return {
          tone: "safe",
          title: `${share} of people have the new version${except(r)}.`,
          next: said || "The rollout is complete. Everybody else keeps the old version.",
        }
      }
      return {
        tone: "safe",
        title: `Everybody has the new version${except(r)}.`,
        next: `The rollout is complete. ${removable(r)}`,
      }
    case "awaiting_approval":
      return {
        tone: "warn",
        title: `${r.lost.length ? `The rest is well at ${share}` : `All is well at ${share}`}. A person has to say yes before it goes on.`,
        next: `${said} ${watched}`.trim(),
      }
    case "held":
      return {
        tone: "warn",
        title: `Held at ${share} of people.`,
        next: `${r.held_reason ? `${sentence(r.held_reason)} ` : ""}${watched}`,
      }
    case "running":
      return {
        tone: "live",
        title:
          shareNow(r) >= 100
            ? "Everybody has the new version; Belay is still watching."
            : `${share} of people have the new version.`,
        next: said,
      }
  }
}

/** What may go from the code when everybody has the new version. */
const removable = (r: Rollout): string =>
  r.lost.length
    ? `The old version of the rest can be removed from the code; people need the one of ${sayList(r.lost.map((l) => l.component))}.`
    : "The old version can be removed from the code."

/** What of the new version nobody has: ", except ncr-form". */
const except = (r: Rollout): string =>
  r.lost.length ? `, except ${sayList(r.lost.map((l) => l.component))}` : ""

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
