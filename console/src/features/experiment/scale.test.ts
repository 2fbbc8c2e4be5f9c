import { expect, it } from "vitest"
import { spanOf, ticksOf } from "./scale.ts"

it("a scale always shows nothing, so that one sees whether a range touches it", () => {
  for (const values of [
    [3, 5],
    [-9, -2],
    [-1, 4],
    [0, 0],
  ]) {
    const span = spanOf(values)
    expect(span.low).toBeLessThan(Math.min(0, ...values))
    expect(span.high).toBeGreaterThan(Math.max(0, ...values))
    const ticks = ticksOf(span)
    expect(ticks).toContain(0)
    expect(ticks.length).toBeLessThan(8)
  }
  expect(ticksOf({ low: -1, high: 4 })).toEqual([-1, 0, 1, 2, 3, 4])
})
