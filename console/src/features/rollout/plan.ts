import type { Phase, Plan } from "../../lib/api.ts"
import { parseSpan } from "../../lib/time.ts"

/** The server's own ladder (internal/rollout/plan.go), as the form begins with it. */
export const usualPhases: readonly Phase[] = [
  {
    name: "Internal testing",
    percent: 5,
    min_dwell: "168h",
    max_dwell: "336h",
    min_users: 20,
    approval: true,
  },
  {
    name: "Beta",
    percent: 25,
    min_dwell: "336h",
    max_dwell: "672h",
    min_users: 100,
    approval: true,
  },
  {
    name: "Controlled expansion",
    percent: 50,
    min_dwell: "336h",
    max_dwell: "672h",
    min_users: 200,
    approval: true,
  },
  {
    name: "Full rollout",
    percent: 100,
    min_dwell: "168h",
    max_dwell: "0s",
    min_users: 0,
    approval: false,
  },
]

/**
 * Harm to be excluded before each phase but the last is left. It is halved as the share grows, because more people
 * would meet it: wide up to 5 %, half as wide up to 25 %, a quarter beyond.
 */
function margins(phases: readonly Phase[], widest: number): readonly number[] {
  return phases.slice(0, -1).map((p) => {
    if (p.percent <= 5) return widest
    return p.percent <= 25 ? widest / 2 : widest / 4
  })
}

/** A whole plan from its phases: the usual guards and budget, with margins for as many phases as there are. */
export function planOf(phases: readonly Phase[]): Plan {
  return {
    phases,
    guards: [
      { kind: "errors", share: 0.3, ratio: 1, margins: margins(phases, 0.02) },
      { kind: "silent_clients", share: 0.2, ratio: 1, margins: margins(phases, 0.03) },
      { kind: "new_issue", share: 0.2, ratio: 1, margins: [] },
      { kind: "segments", share: 0.15, ratio: 1, margins: [] },
      { kind: "lcp", share: 0.05, ratio: 1, margins: margins(phases, 0.1) },
      { kind: "inp", share: 0.03, ratio: 1, margins: margins(phases, 0.1) },
      { kind: "cls", share: 0.02, ratio: 1, margins: margins(phases, 0.1) },
      { kind: "conversion", share: 0.05, ratio: 1, margins: [] },
      { kind: "sample_ratio", share: 0, ratio: 1, margins: [] },
      { kind: "ingest", share: 0, ratio: 1, margins: [] },
      { kind: "brake", share: 0, ratio: 2, margins: [] },
    ],
    budget: 0.01,
    promotion_error: 0.05,
    silent_after: "70s",
    maturity: "10m",
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
