import type { RolloutPage } from "../../lib/api.ts"
import { count, people, percent } from "../../lib/number.ts"
import { clockTime, soonTime } from "../../lib/time.ts"
import type { Tone } from "../../ui/tone.ts"
import {
  decisionOf,
  guardName,
  harmOf,
  harmShare,
  nearest,
  present,
  sayProof,
  suspicious,
} from "./readings.ts"
import { headline, holdsBack, sayAction, sayList, sentence, shareNow } from "./words.ts"

/** One thing that somebody who was just woken asks. */
export interface Answer {
  readonly tone: Tone
  /** One or two words, to be read from a distance. */
  readonly short: string
  readonly text: string
}

/** Where a rollout stands, for somebody who knows nothing of it yet. */
export interface Standing {
  readonly tone: Tone
  readonly title: string
  /** What would happen next and when. */
  readonly next: string
  readonly harmed: Answer
  readonly did: Answer
  readonly todo: Answer
}

/** Fewer people than this with the new version make no sign of harm no good sign either. */
const few = 20

/** People of the new version in the phase in force. */
const treated = (page: RolloutPage): number => page.cohorts.at(-1)?.treatment ?? 0

/** Reads a page. now decides how moments are named, in milliseconds. */
export function standing(page: RolloutPage, now: number): Standing {
  const { tone, title } = headline(page)
  return {
    tone: mood(page) ?? tone,
    title: `${course(page)}${title}`,
    next: sayNext(page, now),
    harmed: harmed(page),
    did: did(page),
    todo: todo(page),
  }
}

const proven = (page: RolloutPage): ReturnType<typeof present> =>
  present(page).filter((r) => r.status === "harmful")

const live = (page: RolloutPage): boolean =>
  page.state === "running" || page.state === "held" || page.state === "awaiting_approval"

function mood(page: RolloutPage): Tone | undefined {
  if (!live(page)) return undefined
  if (proven(page).length > 0) return "harm"
  if (!page.health.ok) return "warn"
  return page.state === "running" ? "safe" : undefined
}

/** How it goes, in a word or two before the title. */
function course(page: RolloutPage): string {
  if (page.state !== "running") return ""
  if (proven(page).length > 0) return "Harm is proven. "
  if (!page.health.ok) return "Waiting for data. "
  const lost = page.lost.map((l) => l.component)
  if (lost.length > 0) return `Going on without ${sayList(lost)}. `
  const worst = nearest(present(page))
  if (worst && (harmShare(worst) ?? 0) >= suspicious) return "Something stirs. "
  return "Going well. "
}

/** "At 14:32 at the earliest it asks for a yes to go from 5 % to 25 %; 37 more people are needed." */
export function sayNext(page: RolloutPage, now: number): string {
  const phase = page.plan.phases[page.phase]
  const following = page.plan.phases[page.phase + 1]
  if (page.state === "awaiting_approval" && following) {
    const said = `With a yes it goes to ${percent(following.percent)} at once.`
    return headline(page, said).next
  }
  if (!phase || page.state !== "running") return headline(page, page.next.text).next
  const step = following && `from ${percent(phase.percent)} to ${percent(following.percent)}`
  const asked = phase.approval && !page.approvals.some((a) => a.phase === page.phase)
  const act = !step
    ? "is complete"
    : asked
      ? `asks for a yes to go ${step}`
      : `goes ${step} by itself`
  const at = page.next.not_before ? new Date(page.next.not_before).getTime() : 0
  const missing = needs(page)
  const when =
    at > now
      ? `At ${soonTime(new Date(at), now)} at the earliest it ${act}`
      : missing
        ? `It ${act} as soon as nothing is missing`
        : `It ${act} now`
  return missing ? `${when}; ${missing}.` : `${when}.`
}

/** What is missing besides time, as half a sentence. */
function needs(page: RolloutPage): string {
  const wanted = (page.plan.phases[page.phase]?.min_users ?? 0) - treated(page)
  const proofs = page.readings.filter((r) => r.safe_need > 0 && r.safe_log_e < r.safe_need).length
  const parts = [
    wanted > 0 ? `${count(wanted)} more ${wanted === 1 ? "person" : "people"}` : "",
    proofs > 0 ? `${proofs} more ${proofs === 1 ? "proof" : "proofs"} of safety` : "",
    page.health.ok ? "" : "telemetry",
  ].filter((p) => p !== "")
  if (parts.length === 0) return ""
  const one = parts.length === 1 && (wanted === 1 || proofs === 1 || !page.health.ok)
  return `${sayList(parts)} ${one ? "is" : "are"} needed`
}

function harmed(page: RolloutPage): Answer {
  if (page.state === "draft") {
    return { tone: "safe", short: "No", text: "Nobody has the new version yet." }
  }
  if (page.state === "discarded") {
    return { tone: "safe", short: "No", text: "Nobody ever had the new version by this rollout." }
  }
  if (page.state === "rolled_back") {
    const since = page.ended_at ? `Since ${clockTime(page.ended_at)}` : "By now"
    return {
      tone: "safe",
      short: "Not any more",
      text: `${since} nobody has the new version any more.`,
    }
  }
  if (proven(page).length > 0) return going(page)
  if (!page.health.ok && live(page)) {
    return { tone: "warn", short: "Nobody can tell", text: page.health.text }
  }
  return page.lost.length > 0 ? notAnyMore(page) : noHarm(page)
}

/** Which harm is proven and still going on. */
function going(page: RolloutPage): Answer {
  const harm = proven(page)
  const told = page.alerts?.findLast((a) => harm.some((r) => r.guard === a.guard))
  const worst = nearest(harm)
  if (told || !worst) {
    return { tone: "harm", short: "Yes", text: told ? sentence(told.reason) : "" }
  }
  const where = worst.scope ? ` in ${worst.scope}` : ""
  return {
    tone: "harm",
    short: "Yes",
    text: `${guardName(worst.guard, worst.metric)}${where}: ${count(worst.treatment.affected)} with the new version, ${count(worst.control.affected)} with the old.`,
  }
}

/** How sure it is that nobody is harmed. */
function noHarm(page: RolloutPage): Answer {
  const worst = nearest(present(page))
  const near = (worst && harmShare(worst)) ?? 0
  const name = worst ? guardName(worst.guard, worst.metric) : ""
  if (worst && near >= suspicious) {
    return {
      tone: "warn",
      short: "Perhaps",
      text: `${name}${worst.scope ? ` in ${worst.scope}` : ""} stands at ${sayProof(near)} of a proof of harm.`,
    }
  }
  const seen = treated(page)
  if (seen < few) {
    return {
      tone: "live",
      short: "No sign of it",
      text: `But only ${people(seen)} with the new version ${seen === 1 ? "was" : "were"} seen so far.`,
    }
  }
  const nearby =
    near >= 0.01 ? ` The nearest to it is ${name}, at ${sayProof(near)} of a proof.` : ""
  return {
    tone: "safe",
    short: "No",
    text: `No guard sees harm among ${people(seen)} with the new version.${nearby}`,
  }
}

/** What a component that went back did, and whether it is over. */
function notAnyMore(page: RolloutPage): Answer {
  const names = page.lost.map((l) => l.component)
  const part = page.parts.findLast((p) => p.lost)
  const decision = part && decisionOf(page, part)
  const harm = decision && harmOf(decision)
  const hit = harm ? `${people(harm.treatment.affected)} met it before. ` : ""
  const after = page.readings.filter((r) => r.since && names.includes(r.scope))
  const still = after.reduce((n, r) => n + r.treatment.affected, 0)
  const since =
    still > 0
      ? `Since then ${people(still)} still met an error there; if it is harm, more goes back.`
      : `${sayList(names)} ${names.length === 1 ? "is" : "are"} off in every open page, and nobody met an error there since.`
  return { tone: still > 0 ? "warn" : "safe", short: "Not any more", text: hit + since }
}

function did(page: RolloutPage): Answer {
  const mine = page.decisions.filter((d) => d.by === "Belay")
  const back = mine.find((d) => d.action === "roll_back_component" || d.action === "roll_back")
  const last = back ?? page.decisions.find((d) => d.action !== "start") ?? page.decisions[0]
  if (page.state === "draft")
    return { tone: "idle", short: "Nothing", text: "It waits to be started." }
  if (!last || last.action === "start") {
    return {
      tone: "live",
      short: "It watches",
      text: "Nothing had to be done yet. What harms is taken back by itself, within seconds.",
    }
  }
  const said = sayAction(page, last)
  return {
    tone: back ? "harm" : "live",
    short: said,
    text: `${last.by}, at ${clockTime(last.at)}: ${sentence(last.reason)}`,
  }
}

function todo(page: RolloutPage): Answer {
  const no = (text: string): Answer => ({ tone: "safe", short: "No", text })
  const yes = (text: string): Answer => ({ tone: "warn", short: "Yes", text })
  const lost = page.lost.map((l) => l.component)
  const repair = `Repair ${sayList(lost)} by daylight: people have the old one.`
  const following = page.plan.phases[page.phase + 1]
  switch (page.state) {
    case "discarded":
      return no("Plan another rollout when you are ready.")
    case "draft":
      return no("Start it when you are ready; until then nothing happens.")
    case "completed":
      if (holdsBack(page))
        return no(
          page.plan.hold_back
            ? "Give it to everybody once you have compared long enough."
            : "Give it to everybody, or plan another rollout that goes on, when you want to.",
        )
      return no(lost.length ? repair : "Take the old version out of the code when there is time.")
    case "rolled_back":
      return no("Find the cause by daylight, then plan a new one: people have the old version.")
    case "awaiting_approval":
      return {
        tone: "warn",
        short: "Yes, without hurry",
        text: `Say yes to ${percent(following?.percent ?? 100)}, or leave it: until then it stays at ${percent(shareNow(page))} and is watched.`,
      }
    case "held":
      return yes(
        "Look at why it is held, then resume it or bring everyone back. Until then it stays here and is watched.",
      )
    case "running":
  }
  if (proven(page).length > 0) {
    return yes(
      "Decide whether to bring everyone back: this guard only tells, it takes nothing back.",
    )
  }
  if (!page.health.ok) {
    return yes("Find out why no telemetry arrives. Until it does, it stays where it is.")
  }
  if (lost.length > 0) return no(`${repair} The rest goes on by itself.`)
  return no("It goes on, waits or goes back by itself.")
}
