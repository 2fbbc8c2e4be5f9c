import { describe, expect, it } from "vitest"
import { armKeys, sayChange, sayMean, signed } from "./words.ts"

describe("a change in words", () => {
  it("has as many digits as are known", () => {
    expect(sayChange({ estimate: 2.13, low: 0.44, high: 3.82 }, true)).toBe(
      "+2.1 points (+0.4 to +3.8)",
    )
    expect(sayChange({ estimate: -0.021, low: -0.34, high: 0.3 }, false)).toBe(
      "−0.02 % (−0.34 to +0.30)",
    )
  })
  it("gives nothing no sign", () => {
    expect(signed(-0.0001, 5)).toBe("0")
  })
})

it("a mean is a share or a number", () => {
  expect(sayMean(0.1234, true)).toBe("12.34 %")
  expect(sayMean(19.912, false)).toBe("19.91")
})

it("the flag's own value is an arm while somebody gets it", () => {
  const half = { key: "short", value: "Buy", weight: 50 }
  expect(armKeys([half])).toEqual(["control", "short"])
  expect(armKeys([half, { ...half, key: "none" }])).toEqual(["short", "none"])
  expect(armKeys([half, { ...half, key: "idle", weight: 0 }])).toEqual(["control", "short"])
})
