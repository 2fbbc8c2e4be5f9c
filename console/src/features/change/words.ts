import type { Change, Commit } from "../../lib/api.ts"
import { differences } from "./diff.ts"

/** "rollout.rolled_back" → "rollout rolled back". */
const plain = (kind: string): string => kind.replace(/[._]/g, " ")

/** What a commit did, in a few words: "Turned ncr-form off". */
export function sayCommit(commit: Commit): string {
  const said = [...new Set(commit.changes.map(sayChange))]
  const [first, second, ...more] = said
  if (!first) return "Changed nothing"
  if (!second) return first
  if (more.length === 0) return `${first}; ${lower(second)}`
  return `${first}; ${lower(second)} and ${more.length} more`
}

const lower = (text: string): string => text.charAt(0).toLowerCase() + text.slice(1)
const upper = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)

function sayChange(change: Change): string {
  if (change.kind === "commit.undone") return `Undid ${change.subject}`
  if (change.kind === "approval.waived") return upper(nameOf(change))
  return sayFlag(change) ?? upper(`${plain(change.kind)}: ${nameOf(change)}`)
}

/** A change of a flag in people's words, where it is one of those that are made often. */
function sayFlag(change: Change): string | undefined {
  if (change.kind.startsWith("flag.") && change.before && change.after) {
    const share = percentOf(change.after)
    if (share !== undefined && share !== percentOf(change.before)) {
      return `Set ${change.subject} to ${share} % of people`
    }
    const [only, ...others] = differences(change.before, change.after)
    if (only && others.length === 0 && only.path === "enabled") {
      return `Turned ${change.subject} ${only.after === "true" ? "on" : "off"}`
    }
    if (only && others.length === 0 && only.path === "value") {
      return `Set ${change.subject} to ${only.after ?? "no value"}`
    }
  }
  return undefined
}

/** The share that a rollout gives a flag, percent; undefined where none owns it. */
function percentOf(state: unknown): number | undefined {
  const split = (state as { split?: { percent?: unknown } } | null)?.split
  return typeof split?.percent === "number" ? split.percent : undefined
}

/** What people call the thing: its name where it has one, since ids say nothing. */
function nameOf(change: Change): string {
  for (const state of [change.after, change.before]) {
    if (typeof state !== "object" || state === null) continue
    const { name, title } = state as { name?: unknown; title?: unknown }
    if (typeof name === "string" && name) return name
    if (typeof title === "string" && title) return title
  }
  return change.subject
}
