import type { Phase, Plan } from "../../lib/api.ts"
import { parseSpan } from "../../lib/time.ts"

/** The mission's ladder, as the form begins with it. */
export const usualPhases: readonly Phase[] = [
  {
    name: "Internal",
    percent: 5,
    min_dwell: "24h",
    max_dwell: "168h",
    min_users: 50,
    approval: false,
  },
  {
    name: "Beta",
    percent: 25,
    min_dwell: "72h",
    max_dwell: "336h",
    min_users: 200,
    approval: false,
  },
  {
    name: "Controlled expansion",
    percent: 50,
    min_dwell: "72h",
    max_dwell: "336h",
    min_users: 400,
    approval: true,
  },
  { name: "Full", percent: 100, min_dwell: "168h", max_dwell: "0s", min_users: 0, approval: false },
]

/** Harm to be excluded before a phase is left grows stricter with the share of people who would meet it. */
function margins(phases: readonly Phase[], first: number, last: number): readonly number[] {
  return phases.map((p) => {
    if (p.percent <= 5) return first
    if (p.percent <= 25) return (first + last) / 2
    return last
  })
}

/** A whole plan from its phases: the usual guards, with margins for as many phases as there are. */
export function planOf(phases: readonly Phase[]): Plan {
  return {
    phases,
    guards: [
      { kind: "errors", share: 0.5, ratio: 1, margins: margins(phases, 0.02, 0.005) },
      { kind: "new_issue", share: 0.3, ratio: 1, margins: [] },
      { kind: "silent_clients", share: 0.2, ratio: 1, margins: margins(phases, 0.03, 0.01) },
      { kind: "brake", share: 0, ratio: 2, margins: [] },
    ],
    budget: 0.01,
    promotion_error: 0.05,
    silent_after: "1m",
    maturity: "5m",
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
    if (parseSpan(p.min_dwell) === undefined) {
      return `${which}: write the shortest stay as 30m, 24h or 1h30m.`
    }
    if (parseSpan(p.max_dwell) === undefined) {
      return `${which}: write the longest stay as 48h, or 0s for no end.`
    }
    before = p.percent
  }
  return phases.length === 0 ? "A plan needs a phase." : undefined
}
