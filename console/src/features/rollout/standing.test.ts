import { describe, expect, it } from "vitest"
import type { Decision, Plan, Reading, RolloutPage } from "../../lib/api.ts"
import { sayEffect } from "./effect.ts"
import { conditions, earliest } from "./phases.ts"
import { culpritsOf, harmOf, harmShare, partWords } from "./readings.ts"
import { standing } from "./standing.ts"

const at = (clock: string): string => new Date(`2026-11-24T${clock}:00`).toISOString()
const now = new Date("2026-11-24T14:20:00").getTime()

const plan: Plan = {
  phases: [
    { name: "few", percent: 5, min_dwell: "30m", max_dwell: "0s", min_users: 100, approval: true },
    { name: "more", percent: 25, min_dwell: "1h", max_dwell: "0s", min_users: 0, approval: false },
    { name: "all", percent: 100, min_dwell: "1h", max_dwell: "0s", min_users: 0, approval: false },
  ],
  guards: [{ kind: "errors", share: 0.3, ratio: 1, margins: [0.02, 0.01] }],
  budget: 0.01,
  promotion_error: 0.05,
  silent_after: "70s",
  maturity: "10m",
}

const errors: Reading = {
  guard: "errors",
  scope: "",
  log_e: 1,
  threshold: 6.5,
  safe_log_e: 3.2,
  safe_need: 3,
  treatment: { users: 63, affected: 1 },
  control: { users: 1200, affected: 14 },
  status: "safe",
  effect: { kind: "ratio", estimate: 1.4, low: 0.2, high: 6.1 },
}

const harmful: Reading = {
  ...errors,
  guard: "new_issue",
  scope: "ncr-form",
  log_e: 7.5,
  status: "harmful",
  treatment: { users: 63, affected: 3 },
  blame: [
    { dimension: "component", value: "ncr-form", log_e: 7, treatment: 3, control: 0 },
    {
      dimension: "fingerprint",
      value: "9e18",
      title: "TypeError: x",
      log_e: 7,
      treatment: 3,
      control: 0,
    },
    { dimension: "browser", value: "Safari", log_e: 5, treatment: 3, control: 0 },
  ],
}

const taken: Decision = {
  id: "dec_2",
  rollout_id: "rol_1",
  at: at("14:12"),
  by: "Belay",
  action: "roll_back_component",
  components: ["ncr-form"],
  phase: 0,
  reason: "the new ncr-form brings an error that nobody had before",
  evidence: [errors, harmful],
}

function page(more: Partial<RolloutPage> = {}): RolloutPage {
  return {
    id: "rol_1",
    environment_id: "env_1",
    name: "New design",
    flag: "master",
    components: ["auth", "ncr-form"],
    plan,
    state: "running",
    phase: 0,
    spans: [{ phase: 0, percent: 5, from: at("14:02") }],
    lost: [],
    approvals: [],
    created_at: at("14:00"),
    started_at: at("14:02"),
    cohorts: [{ phase: 0, treatment: 63, control: 1200 }],
    readings: [errors],
    parts: [],
    decisions: [],
    next: { action: "advance", text: "", not_before: at("14:32"), waiting: [] },
    health: { ok: true, text: "Telemetry arrives." },
    ...more,
  }
}

const lost = {
  component: "ncr-form",
  at: at("14:12"),
  by: "Belay",
  reason: taken.reason,
  decision_id: "dec_2",
}

const part = {
  component: "ncr-form",
  on: true,
  exposed: 60,
  treatment: { users: 60, affected: 3 },
  control: { users: 900, affected: 0 },
  boundary_hits: 0,
}

const withoutForm = page({
  lost: [lost],
  parts: [{ ...part, on: false, lost }],
  decisions: [taken],
  readings: [errors, { ...errors, scope: "ncr-form", status: "off", since: at("14:13") }],
})

describe("somebody who was just woken", () => {
  it("reads that it goes well, what comes next and when, and that nothing is to do", () => {
    const says = standing(page(), now)
    expect(says.title).toBe("Going well. 5 % of people have the new version.")
    expect(says.next).toMatch(
      /^At .*2:32.* at the earliest it asks for a yes to go from 5 % to 25 %; 37 more people are needed\.$/,
    )
    expect(says.harmed).toMatchObject({ tone: "safe", short: "No" })
    expect(says.harmed.text).toContain("63 people")
    expect(says.todo.short).toBe("No")
  })

  it("reads what Belay took back, and that the harm is over", () => {
    const says = standing(withoutForm, now)
    expect(says.title).toContain("Going on without ncr-form.")
    expect(says.did).toMatchObject({ tone: "harm", short: "Took back ncr-form" })
    expect(says.harmed.short).toBe("Not any more")
    expect(says.harmed.text).toContain("3 people met it before.")
    expect(says.todo.text).toContain("by daylight")
  })

  it("reads that the harm goes on when people still meet it", () => {
    const still = { ...errors, scope: "ncr-form", status: "off", since: at("14:13") } as const
    const after = { ...still, treatment: { users: 63, affected: 2 } }
    const says = standing({ ...withoutForm, readings: [errors, after] }, now)
    expect(says.harmed).toMatchObject({ tone: "warn" })
    expect(says.harmed.text).toContain("2 people still met an error")
  })

  it("reads yes where a guard only tells of harm", () => {
    const says = standing(page({ readings: [{ ...harmful, action: "notify" }] }), now)
    expect(says.tone).toBe("harm")
    expect(says.harmed.short).toBe("Yes")
    expect(says.todo.short).toBe("Yes")
  })

  it("is not told that nobody is harmed where nobody can know", () => {
    const blind = page({ health: { ok: false, text: "No telemetry for 3 minutes." } })
    expect(standing(blind, now).harmed.short).toBe("Nobody can tell")
    expect(
      standing(page({ cohorts: [{ phase: 0, treatment: 3, control: 40 }] }), now).harmed.short,
    ).toBe("No sign of it")
    const near = page({ readings: [{ ...errors, log_e: 4, status: "watching" }] })
    expect(standing(near, now).harmed).toMatchObject({ tone: "warn", short: "Perhaps" })
  })

  it("reads that proven harm keeps it where it is, and that nothing goes back by itself", () => {
    const holds = page({ readings: [{ ...harmful, action: "hold" }] })
    const says = standing(holds, now)
    expect(says.next).toBe("It stays at 5 % until this harm ends or a person decides.")
    expect(says.todo.text).toContain("takes nothing back")
    const held = { ...taken, action: "hold", reason: "harm" } as const
    const told = { ...taken, action: "notify" } as const
    const frozen = standing({ ...holds, state: "held", decisions: [told, held] }, now)
    expect(frozen.title).toBe("Harm is proven. Held at 5 % of people.")
    expect(frozen.next).not.toContain("roll back by itself")
    expect(frozen.did.short).toBe("Held")
    expect(frozen.todo.text).toContain("people go on meeting it")
  })

  it("reads that the checklist keeps it where it is, and who has to do something", () => {
    const waiting = ["checklist: somebody is on call: nobody is named"]
    const next = { action: "advance", text: "", lacking: 1 } as const
    const due = standing(page({ next: { ...next, not_before: at("14:10"), waiting } }), now)
    expect(due.title).toContain("Waiting for the checklist.")
    expect(due.tone).toBe("warn")
    expect(due.todo).toMatchObject({ tone: "warn", short: "Yes, without hurry" })
    const more = [...waiting, "37 more people on the new version"]
    const early = standing(page({ next: { ...next, not_before: at("14:32"), waiting: more } }), now)
    expect(early.title).toContain("Going well.")
    expect(early.next).toContain("37 more people and 1 item of the checklist are needed.")
    expect(early.todo.text).toMatch(/1 item of the checklist is missing before 25 %; .* by .*2:32/)
  })

  it("is not told that Belay did what a person did", () => {
    const mine = { ...taken, action: "roll_back", by: "Ines", reason: "people call" } as const
    expect(standing(withoutForm, now).asked).toBe("What did Belay do?")
    expect(standing(page({ state: "rolled_back", decisions: [mine] }), now)).toMatchObject({
      asked: "What was done?",
      did: { short: "Rolled back everything" },
    })
  })

  it("is not told that what is complete is still judged", () => {
    expect(standing(page({ state: "completed" }), now).harmed.text).toContain("judged any more")
  })

  it.each([
    ["draft", "No"],
    ["awaiting_approval", "Yes, without hurry"],
    ["held", "Yes"],
    ["rolled_back", "No"],
    ["completed", "No"],
    ["discarded", "No"],
  ] as const)("knows whether a rollout that is %s needs them", (state, short) => {
    expect(standing(page({ state }), now).todo.short).toBe(short)
  })
})

it("lists what it takes to leave a phase, with what is there of it", () => {
  const all = conditions(page(), now)
  expect(all.map((c) => [c.what, c.met, c.stands])).toEqual([
    ["Stay", false, "18 min of 30 min"],
    ["People", false, "63 of 100"],
    ["Proofs of safety", true, "1 of 1"],
    ["A person's yes", false, "nobody yet"],
  ])
})

it("counts no time that it was held", () => {
  const next = { action: "resume", text: "", waiting: [] } as const
  const held = page({ state: "held", held_at: at("14:12"), held_for: "4m0s", next })
  expect(conditions(held, now)[0]?.stands).toBe("6 min of 30 min")
})

it("says when a later phase can begin at the earliest", () => {
  expect(earliest(page(), 1)).toBe(new Date(at("14:32")).getTime())
  expect(earliest(page(), 2)).toBe(new Date(at("15:32")).getTime())
  expect(earliest(page({ state: "draft" }), 2)).toBe(90 * 60_000)
  expect(earliest(page({ next: { action: "resume", text: "", waiting: [] } }), 1)).toBeUndefined()
})

describe("a component", () => {
  it("is healthy, watched, suspicious, at fault or taken back", () => {
    const of = (r: Partial<Reading>): RolloutPage =>
      page({ readings: [{ ...errors, scope: "ncr-form", ...r }] })
    expect(partWords(of({}), part).text).toBe("Healthy")
    expect(partWords(of({}), { ...part, exposed: 4 }).text).toBe("Watching")
    expect(partWords(of({ log_e: 4 }), part).text).toBe("Suspicious")
    expect(partWords(of({ log_e: 7, status: "harmful" }), part).text).toBe("At fault")
    expect(partWords(withoutForm, { ...part, on: false, lost }).text).toBe("Taken back")
  })

  it("went back for what the decision had traced, without its own name", () => {
    expect(culpritsOf(harmOf(taken), "ncr-form").map((c) => c.value)).toEqual(["9e18", "Safari"])
  })
})

describe("a guard in words", () => {
  it.each([
    [
      {},
      "1.4 times as many people meet an error as with the old version; surely between 0.2 and 6.1 times.",
    ],
    [
      { effect: { kind: "ratio", estimate: 0.001, low: 0.001, high: 8 } },
      "Nobody with the new version does yet; at most 8.0 times as many meet an error as with the old.",
    ],
    [
      { effect: { kind: "ratio", estimate: 1000, low: 2.5, high: 1000 } },
      "Only people with the new version meet an error: at least 2.5 times as many as with the old.",
    ],
    [
      {
        guard: "lcp",
        unit: "views",
        limit: 2490,
        effect: { kind: "difference", estimate: 0.021, low: -0.01, high: 0.052 },
      },
      "2.1 percentage points more of the views are over 2,490 ms than with the old version; surely between 1.0 percentage points fewer and 5.2 percentage points more.",
    ],
    [
      { guard: "sample_ratio", treatment: { users: 1000, affected: 52 } },
      "5.2 % of 1,000 people have the new version; 5 % is planned now.",
    ],
  ] as const)("%#", (more, said) => {
    expect(sayEffect({ ...errors, ...more } as Reading, 5)).toBe(said)
  })

  it("knows no share of a proof where nothing is to be proven", () => {
    expect(harmShare({ ...errors, threshold: 0 })).toBeUndefined()
    expect(harmShare({ ...errors, log_e: 3.25 })).toBe(0.5)
  })
})
