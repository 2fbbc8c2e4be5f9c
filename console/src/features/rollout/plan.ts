import type { Phase, Plan } from "../../lib/api.ts"
import { parseSpan } from "../../lib/time.ts"

/**
 * A margin for each phase but the last: that of the first phase of the usual plan that reaches as many people, or its
 * last, strictest one. The more people are reached, the less harm may be left unexcluded.
 */
function fitted(
  usual: Plan,
  phases: readonly Phase[],
  margins: readonly number[],
): readonly number[] {
  if (margins.length === 0) return []
  return phases.slice(0, -1).map((p) => {
    const at = usual.phases.findIndex((u) => u.percent >= p.percent)
    return margins[at < 0 ? margins.length - 1 : Math.min(at, margins.length - 1)] ?? 0
  })
}

/** The usual plan with other phases: its guards and budget stay, with margins for as many phases as there are. */
export function planOf(usual: Plan, phases: readonly Phase[]): Plan {
  return {
    ...usual,
    phases,
    guards: usual.guards.map((g) => ({ ...g, margins: fitted(usual, phases, g.margins ?? []) })),
  }
}
/** What is wrong with the phases, one sentence, or undefined. */
export function faultOf(phases: readonly Phase[]): string | undefined {
  let before = 0
  for (const [i, p] of phases.entries()) {
    const which = `Phase ${i + 1}`
    if (!p.name.trim()) return `${which} needs a name.`
    if (!(p.percent > before && p.percent <= 100)) {
      return `${which} must reach more people than the one before, at most 100 %.`
    }
    const least = parseSpan(p.min_dwell)
    const most = parseSpan(p.max_dwell)
    if (least === undefined) return `${which}: write the shortest stay as 30m, 24h or 1h30m.`
    if (most === undefined) return `${which}: write when a person is asked as 48h, or 0s for never.`
    if (most > 0 && most < least) return `${which} asks a person before its shortest stay is over.`
    before = p.percent
  }
  return phases.length === 0 ? "A plan needs a phase." : undefined
}
