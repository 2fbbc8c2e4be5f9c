import type { Item, LineState } from "../../lib/api-preflight.ts"
import { count, percent } from "../../lib/number.ts"
import type { Tone } from "../../ui/tone.ts"

/** How an item stands, in a word. */
export const stateWords: Readonly<
  Record<LineState, { readonly tone: Tone; readonly text: string }>
> = {
  green: { tone: "safe", text: "Yes" },
  red: { tone: "harm", text: "Missing" },
  advice: { tone: "idle", text: "Advice" },
  overridden: { tone: "warn", text: "Overridden" },
}

/** What an item asks exactly: "from 25 %, anew in each phase", "at most 30 days ago". */
export function terms(item: Item): string {
  const all = [
    item.from ? `from ${percent(item.from)} on` : "",
    item.each_phase ? "anew in each phase" : "",
    item.days ? `at most ${item.days} days ago` : "",
    item.visits ? `at least ${count(item.visits)} visits in seven days` : "",
    item.check ? `check ${item.check} of CI` : "",
  ]
  return all.filter((text) => text !== "").join(", ")
}
