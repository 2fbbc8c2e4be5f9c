import { expect, test } from "vitest"
import type { Criterion } from "../../lib/api-score.ts"
import { axisOf, goalWords, say } from "./words.ts"

const errors: Criterion = {
  key: "error_rate",
  title: "Visits with an error",
  unit: "share",
  goal: 0.005,
  above: false,
  of: "visits",
  source: "pages",
  from: "2026-03-09T12:00:00Z",
  to: "2026-03-16T12:00:00Z",
  status: "undecided",
  text: "",
  judged: { n: 1000, estimate: 0.005, low: 0.002, high: 0.012 },
  trend: [],
}

test("numbers are said in their own unit", () => {
  expect(say("share", 0.00499)).toBe("0.5 %")
  expect(say("share", 0.99912)).toBe("99.91 %")
  expect(say("ms", 2310)).toBe("2.31 s")
  expect(say("ms", 180)).toBe("180 ms")
  expect(say("ratio", 1.1)).toBe("+10 %")
  expect(say("difference", -0.01)).toBe("−1.0 pp")
  expect(say("stars", undefined)).toBe("–")
  expect(goalWords(errors)).toBe("below 0.5 %")
})

test("the picture holds the interval and the goal in their order", () => {
  const axis = axisOf(errors)
  expect(axis?.low).toBeGreaterThan(0)
  expect(axis?.low).toBeLessThan(axis?.goal ?? 0)
  expect(axis?.goal).toBeCloseTo(axis?.estimate ?? 0)
  expect(axis?.high).toBeLessThan(1)
  expect(axisOf({ ...errors, judged: { n: 3, estimate: 0.5 } })).toBeUndefined()
})
