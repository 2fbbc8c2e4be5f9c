import { notifications } from "@mantine/notifications"
import { useQueryClient } from "@tanstack/react-query"
import type { Act, Rollout } from "../../lib/api.ts"
import { call } from "../../lib/http.ts"
import { percent } from "../../lib/number.ts"
import { invalidate } from "../../lib/queries.ts"
import type { Ask } from "../../ui/reason-dialog.tsx"
import { shareNow } from "./words.ts"

/** The acts of the page other than rolling back, which has a dialog of its own. */
export type PlainAct = Exclude<Act, "rollback">

/** Which acts a state allows, the likeliest first. */
export function actsOf(r: Rollout): readonly PlainAct[] {
  const last = r.phase >= r.plan.phases.length - 1
  switch (r.state) {
    case "draft":
      return ["start"]
    case "running":
      return last ? ["hold"] : ["hold", "advance"]
    case "awaiting_approval":
      return ["approve", "hold"]
    case "held":
      return last ? ["resume"] : ["resume", "advance"]
    case "rolled_back":
    case "completed":
    case "discarded":
      return []
  }
}

/** The words on the buttons. */
export const actWords: Readonly<Record<PlainAct, string>> = {
  start: "Start",
  advance: "Advance",
  hold: "Hold",
  resume: "Resume",
  approve: "Approve",
}

/** Sends an act and says what came of it. */
export type Send = (act: Act, reason: string, components?: readonly string[]) => Promise<void>

/** A way to act on one rollout. */
export function useSend(env: string, r: Rollout): Send {
  const client = useQueryClient()
  return async (act, reason, components) => {
    await call("POST", `/rollouts/${encodeURIComponent(r.id)}/${act}`, {
      reason,
      ...(components?.length ? { components } : {}),
    })
    notifications.show({ message: done(act, components), color: "safe" })
    await Promise.all([invalidate(client, env, "rollouts"), invalidate(client, env, "flags")])
  }
}

function done(act: Act, components?: readonly string[]): string {
  switch (act) {
    case "rollback":
      return components?.length
        ? `Taken back: ${components.join(", ")}. Open pages are changing now.`
        : "Rolled back. Open pages are changing now."
    case "start":
      return "Started."
    case "advance":
      return "Went to the next phase."
    case "hold":
      return "Held. Harm is still judged."
    case "resume":
      return "Goes on."
    case "approve":
      return "Approved."
  }
}

/** What is asked before an act. */
export function askFor(act: PlainAct, r: Rollout, send: Send): Ask {
  const next = r.plan.phases[r.phase + 1]?.percent
  const to = next === undefined ? "the next phase" : `${percent(next)} of people`
  const common = { act: (reason: string) => send(act, reason) }
  switch (act) {
    case "start":
      return {
        ...common,
        title: `Start ${r.name}?`,
        says: `The new version is turned on for ${percent(r.plan.phases[0]?.percent ?? 0)} of people. Belay watches them and takes it back by itself if it harms.`,
        confirm: "Start",
        reasons: ["Ready, as planned"],
      }
    case "advance":
      return {
        ...common,
        title: `Go to ${to} now?`,
        says: "This does not wait for the evidence, the shortest stay or an approval. Belay goes on judging harm.",
        confirm: next === undefined ? "Advance" : `Go to ${percent(next)}`,
        reasons: ["Seen enough, it is fine", "Agreed with the team"],
      }
    case "hold":
      return {
        ...common,
        title: `Hold at ${percent(shareNow(r))}?`,
        says: "Nobody gets another version than now. Belay goes on judging harm and would still roll back by itself.",
        confirm: "Hold here",
        reasons: ["Looking at something", "Out of hours", "Other work is going out"],
      }
    case "resume":
      return {
        ...common,
        title: "Let it go on?",
        says: "The rollout goes to its next phase by itself once that is proven safe.",
        confirm: "Resume",
        reasons: ["Looked at it, it is fine"],
      }
    case "approve":
      return {
        ...common,
        title: `Approve going to ${to}?`,
        says: "The evidence is there; this is the yes that the plan asks a person for.",
        confirm: next === undefined ? "Approve" : `Approve ${percent(next)}`,
        reasons: ["Evidence looks good", "Agreed with the team"],
      }
  }
}
