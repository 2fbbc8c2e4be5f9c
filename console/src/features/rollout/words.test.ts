import { describe, expect, it } from "vitest"
import type { Phase, Plan, Rollout, RolloutState } from "../../lib/api.ts"
import { actsOf } from "./acts.ts"
import { faultOf, planOf } from "./plan.ts"
import { headline, sayAction, sayLost, sentence, shareNow } from "./words.ts"

const phase = (percent: number): Phase => ({
  name: `to ${percent}`,
  percent,
  min_dwell: "168h",
  max_dwell: "0s",
  min_users: 20,
  approval: percent < 100,
})
const usualPhases = [5, 25, 50, 100].map(phase)
const usual: Plan = {
  phases: usualPhases,
  guards: [
    { kind: "errors", share: 0.3, ratio: 1, margins: [0.02, 0.01, 0.005] },
    { kind: "new_issue", share: 0.2, ratio: 1, margins: [] },
  ],
  budget: 0.01,
  promotion_error: 0.05,
  silent_after: "70s",
  maturity: "10m",
}

function rollout(state: RolloutState, more: Partial<Rollout> = {}): Rollout {
  return {
    id: "rol_1",
    environment_id: "env_1",
    name: "New design",
    flag: "master",
    components: ["auth", "ncr-form", "diary"],
    plan: usual,
    state,
    phase: state === "completed" ? usualPhases.length - 1 : 1,
    spans: [],
    lost: [],
    approvals: [],
    created_at: "2026-11-24T03:00:00Z",
    ...more,
  }
}

const lost = {
  component: "ncr-form",
  at: "2026-11-24T03:12:00Z",
  by: "Belay",
  reason: "harm is proven",
}

describe("the one sentence at the top", () => {
  it("says to keep the old version of what went back when the rest is complete", () => {
    expect(headline(rollout("completed", { lost: [lost] })).next).toContain("of ncr-form.")
    expect(headline(rollout("completed")).next).toContain("can be removed from the code.")
  })

  it.each([
    ["draft", "Nobody has the new version yet."],
    ["running", "25 % of people have the new version."],
    ["awaiting_approval", "All is well at 25 %."],
    ["held", "Held at 25 % of people."],
    ["rolled_back", "Everybody has the old version"],
    ["completed", "Everybody has the new version."],
    ["discarded", "This rollout was discarded before it started."],
  ] as const)("of a rollout that is %s", (state, title) => {
    expect(headline(rollout(state), "It goes on.").title).toContain(title)
  })

  it("never lets a held rollout look unwatched", () => {
    const said = headline(rollout("held", { held_reason: "no data arrives" }), "")
    expect(said.next).toContain("No data arrives.")
    expect(said.next).toContain("would roll back by itself")
  })

  it("does not call everybody's what is held back from some", () => {
    const full = { min_dwell: "1h", max_dwell: "0s", min_users: 0, approval: false }
    const plan = planOf(usual, [{ name: "Full", percent: 95, ...full }])
    const kept = rollout("completed", { plan, phase: 0 })
    expect(headline(kept, "5 % stay.").title).toBe("95 % of people have the new version.")
    expect(headline({ ...kept, lost: [lost] }).title).toBe(
      "95 % of people have the new version, except ncr-form.",
    )
    expect(headline(kept).next).toContain("Everybody else keeps the old version")
    expect(
      headline(rollout("completed", { plan, phase: 0, released_at: "2026-11-24T03:00:00Z" }), "")
        .title,
    ).toBe("Everybody has the new version.")
  })

  it("does not promise the new version where a part of it went back", () => {
    expect(headline(rollout("completed", { lost: [lost] }), "").title).toBe(
      "Everybody has the new version, except ncr-form.",
    )
  })
})

it("says what was taken back, by whom, and what happens to the rest", () => {
  expect(sayLost(rollout("running", { lost: [lost] }))).toMatch(
    /^ncr-form was taken back at .+ by Belay; the other 2 components go on\.$/,
  )
  expect(sayLost(rollout("running"))).toBeUndefined()
  expect(sayLost(rollout("rolled_back", { lost: [lost] }))).toBeUndefined()
})

it("counts nobody while a rollout has not started or was rolled back", () => {
  expect(shareNow(rollout("draft"))).toBe(0)
  expect(shareNow(rollout("rolled_back"))).toBe(0)
  expect(shareNow(rollout("discarded"))).toBe(0)
  expect(shareNow(rollout("held"))).toBe(25)
})

it("offers no further phase in the last one and nothing once it is over", () => {
  expect(actsOf(rollout("running"))).toContain("advance")
  expect(actsOf(rollout("running", { phase: 3 }))).not.toContain("advance")
  expect(actsOf(rollout("awaiting_approval"))[0]).toBe("approve")
  expect(actsOf(rollout("completed"))).toEqual([])
  expect(actsOf(rollout("rolled_back"))).toEqual([])
  expect(actsOf(rollout("discarded"))).toEqual([])
})

it("names every component that a decision took back", () => {
  const took = (components?: readonly string[]): string =>
    sayAction(rollout("running"), {
      action: "roll_back_component",
      phase: 1,
      at: "2026-11-24T03:12:00Z",
      ...(components && { components }),
    })
  expect(took(["ncr-form"])).toBe("Took back ncr-form")
  expect(took(["auth", "ncr-form", "diary"])).toBe("Took back auth, ncr-form and diary")
})

it("says the share that a phase had when it began, whatever the plan says today", () => {
  const spans = [
    { phase: 0, percent: 5, from: "2026-11-24T03:00:00Z", to: "2026-11-24T03:10:00Z" },
    { phase: 1, percent: 30, from: "2026-11-24T03:10:00Z", to: "2026-11-24T03:20:00Z" },
    { phase: 1, percent: 40, from: "2026-11-24T03:20:00Z" },
  ]
  const went = (at: string, known = spans): string =>
    sayAction(rollout("running", { spans: known }), { action: "advance", phase: 1, at })
  expect(went("2026-11-24T03:10:00Z")).toBe("Went to 30 %")
  expect(went("2026-11-24T03:20:00Z")).toBe("Went to 40 %")
  expect(went("2026-11-24T03:10:00Z", [])).toBe("Went to 25 %")
})

it("writes sentences without changing names", () => {
  expect(sentence("proof is missing")).toBe("Proof is missing.")
  expect(sentence("ncr-form goes back.")).toBe("ncr-form goes back.")
})

describe("a plan that a person writes", () => {
  it("has one margin for each phase but the last, stricter as more people are reached", () => {
    const margins = (percents: readonly number[]): unknown =>
      planOf(usual, percents.map(phase)).guards.map((g) => g.margins)
    expect(margins([5, 25, 50, 100])).toEqual([[0.02, 0.01, 0.005], []])
    expect(margins([1, 5, 10, 90, 100])).toEqual([[0.02, 0.02, 0.01, 0.005], []])
    expect(margins([10, 100])).toEqual([[0.01], []])
    expect(faultOf(usualPhases)).toBeUndefined()
  })

  it.each([
    [{ percent: 5 }, "more people"],
    [{ percent: 101 }, "at most 100"],
    [{ name: " " }, "name"],
    [{ min_dwell: "two days" }, "shortest stay"],
    [{ min_dwell: "48h", max_dwell: "1h" }, "before its shortest stay"],
  ])("is refused with %o", (part, why) => {
    const phases = usualPhases.map((p, i) => (i === 1 ? { ...p, ...part } : p))
    expect(faultOf(phases)).toContain(why)
  })
})
