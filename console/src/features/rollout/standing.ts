import type { Action, Phase, RolloutPage } from "../../lib/api.ts"
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
  /** Whose act did is. */
  readonly asked: "What did Belay do?" | "What was done?"
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
    ...did(page),
    todo: todo(page, now),
  }
}

const proven = (page: RolloutPage): ReturnType<typeof present> =>
  present(page).filter((r) => r.status === "harmful")

/** Whether proven harm keeps it where it is. */
export const stopped = (page: RolloutPage): boolean =>
  page.state === "running" && proven(page).some((r) => r.action !== "notify")

/** Whether the checklist alone keeps it where it is. */
const unchecked = (page: RolloutPage): boolean =>
  page.state === "running" && !!page.next.lacking && page.next.waiting.length === page.next.lacking

const live = (page: RolloutPage): boolean =>
  page.state === "running" || page.state === "held" || page.state === "awaiting_approval"

function mood(page: RolloutPage): Tone | undefined {
  if (!live(page)) return undefined
  if (proven(page).length > 0) return "harm"
  if (!page.health.ok || unchecked(page)) return "warn"
  return page.state === "running" ? "safe" : undefined
}

/** How it goes, in a word or two before the title. */
function course(page: RolloutPage): string {
  if (live(page) && proven(page).length > 0) return "Harm is proven. "
  if (page.state !== "running") return ""
  if (!page.health.ok) return "Waiting for data. "
  const lost = page.lost.map((l) => l.component)
  if (lost.length > 0) return `Going on without ${sayList(lost)}. `
  const worst = nearest(present(page))
  if (worst && (harmShare(worst) ?? 0) >= suspicious) return "Something stirs. "
  if (unchecked(page)) return "Waiting for the checklist. "
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
  if (!phase || page.state !== "running") {
    return headline(page, page.next.text, live(page) && proven(page).length > 0).next
  }
  if (stopped(page)) {
    return `It stays at ${percent(shareNow(page))} until this harm ends or a person decides.`
  }
  return goesOn(page, phase, now)
}

/** What it does next by itself, and when. */
function goesOn(page: RolloutPage, phase: Phase, now: number): string {
  const following = page.plan.phases[page.phase + 1]
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
  const lacking = page.next.lacking ?? 0
  const parts = [
    wanted > 0 ? `${count(wanted)} more ${wanted === 1 ? "person" : "people"}` : "",
    proofs > 0 ? `${proofs} more ${proofs === 1 ? "proof" : "proofs"} of safety` : "",
    lacking > 0 ? `${items(lacking)} of the checklist` : "",
    page.health.ok ? "" : "telemetry",
  ].filter((p) => p !== "")
  if (parts.length === 0) return ""
  const one =
    parts.length === 1 && (wanted === 1 || proofs === 1 || lacking === 1 || !page.health.ok)
  return `${sayList(parts)} ${one ? "is" : "are"} needed`
}

const items = (n: number): string => `${count(n)} ${n === 1 ? "item" : "items"}`

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
  if (page.lost.length > 0) return notAnyMore(page)
  return page.state === "completed" ? noneSeen(page) : noHarm(page)
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

/** Nobody judges what is complete. */
function noneSeen(page: RolloutPage): Answer {
  return {
    tone: "safe",
    short: "No sign of it",
    text: `No guard saw harm among ${people(treated(page))} in the last phase. Since it is complete, nothing is judged any more.`,
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

function did(page: RolloutPage): Pick<Standing, "asked" | "did"> {
  const mine = page.decisions.filter((d) => d.by === "Belay")
  const back = mine.find((d) => d.action === "roll_back_component" || d.action === "roll_back")
  const held = page.state === "held" ? page.decisions.find((d) => d.action === "hold") : undefined
  const last = held ?? back ?? page.decisions.find((d) => !opening.includes(d.action))
  const asked = last && last.by !== "Belay" ? "What was done?" : "What did Belay do?"
  if (page.state === "draft") {
    return { asked, did: { tone: "idle", short: "Nothing", text: "It waits to be started." } }
  }
  if (!last) {
    return {
      asked,
      did: {
        tone: "live",
        short: "It watches",
        text: "Nothing had to be done yet. What harms is taken back by itself, within seconds.",
      },
    }
  }
  return {
    asked,
    did: {
      tone: last === back ? "harm" : "live",
      short: sayAction(page, last),
      text: `${last.by}, at ${clockTime(last.at)}: ${sentence(last.reason)}`,
    },
  }
}

/** How the others come to it after a rollout that ended below 100 %. */
const onward = (page: RolloutPage): string =>
  page.plan.hold_back
    ? "Give it to everybody once you have compared long enough."
    : "Give it to everybody, or plan another rollout that goes on, when you want to."

/** What begins a rollout, and tells nobody how it goes. */
const opening: readonly Action[] = ["start", "override_checklist"]

function todo(page: RolloutPage, now: number): Answer {
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
      if (holdsBack(page)) return no(onward(page))
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
      if (proven(page).length > 0) {
        return yes(
          "Bring everyone back, or resume it if the harm is worth it: while it stays here people go on meeting it.",
        )
      }
      return yes(
        "Look at why it is held, then resume it or bring everyone back. Until then it stays here and is watched.",
      )
    case "running":
  }
  if (proven(page).length > 0) {
    return yes(
      stopped(page)
        ? "Decide whether to bring everyone back: Belay keeps it here, but takes nothing back for this harm."
        : "Decide whether to bring everyone back: this guard only tells, it takes nothing back.",
    )
  }
  if (!page.health.ok) {
    return yes("Find out why no telemetry arrives. Until it does, it stays where it is.")
  }
  if (page.next.lacking) return check(page, page.next.lacking, now)
  if (lost.length > 0) return no(`${repair} The rest goes on by itself.`)
  return no("It goes on, waits or goes back by itself.")
}

/** Who is to see to the checklist, and when. */
function check(page: RolloutPage, lacking: number, now: number): Answer {
  const following = page.plan.phases[page.phase + 1]
  const missing = `${items(lacking)} of the checklist ${lacking === 1 ? "is" : "are"} missing before ${percent(following?.percent ?? 100)}`
  if (unchecked(page)) {
    return {
      tone: "warn",
      short: "Yes, without hurry",
      text: `${missing}: see to it or override it. Until then it stays here and is watched.`,
    }
  }
  const due = page.next.not_before
  const when = due && new Date(due).getTime() > now ? ` by ${soonTime(due, now)}` : ""
  return { tone: "safe", short: "Not now", text: `${missing}; somebody should see to it${when}.` }
}
