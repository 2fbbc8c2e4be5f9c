import { describe, expect, it } from "vitest"
import type { Rollout } from "../../lib/api.ts"
import { sayBudget, sayWindow } from "./policy-words.ts"

describe("words of a policy", () => {
  it("says a window by its days and hours", () => {
    expect(sayWindow({ days: ["mon", "fri"], from: "09:00", to: "16:00", zone: "UTC" })).toBe(
      "Mon, Fri 09:00–16:00 (UTC)",
    )
    expect(sayWindow({ zone: "Europe/Berlin" })).toBe("Every day 00:00–24:00 (Europe/Berlin)")
  })

  it("adds up what the tests of a rollout may spend", () => {
    const of = (...budgets: readonly number[]): Rollout =>
      ({
        plan: { budget: 0.01 },
        tests: budgets.map((budget) => ({ from: "", span: 0, budget })),
      }) as unknown as Rollout
    expect(sayBudget(of())).toBe("1 %")
    expect(sayBudget(of(0.01, 0.01))).toBe("2 × 1 %")
    expect(sayBudget(of(0.01, 0.005))).toBe("1 % + 0.5 %")
  })
})
