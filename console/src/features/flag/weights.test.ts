import { describe, expect, it } from "vitest"
import { moved, stretchesOf } from "./weights.ts"

const w = (key: string, weight: number) => ({ key, weight })

describe("people over variants", () => {
  it("always adds up to everybody, with control for the rest", () => {
    for (const weights of [[], [w("a", 30)], [w("a", 60), w("b", 40)], [w("a", 90), w("b", 90)]]) {
      const sum = stretchesOf(weights).reduce((n, s) => n + s.weight, 0)
      expect(sum).toBeCloseTo(100)
    }
    expect(stretchesOf([w("a", 30)]).at(-1)).toMatchObject({ key: "control", weight: 70 })
  })

  it("moves nobody but from control when the last variant grows", () => {
    expect(moved([w("a", 30)], [w("a", 40)])).toBe(10)
    expect(moved([w("a", 30)], [w("a", 30)])).toBe(0)
  })

  it("moves many when an earlier variant grows, or when they change places", () => {
    expect(moved([w("a", 10), w("b", 10)], [w("a", 20), w("b", 10)])).toBe(20)
    expect(moved([w("a", 50), w("b", 50)], [w("b", 50), w("a", 50)])).toBe(100)
    expect(moved([w("a", 10), w("b", 10)], [w("b", 10)])).toBe(20)
  })
})
