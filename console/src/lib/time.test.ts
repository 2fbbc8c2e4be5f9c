import { describe, expect, it } from "vitest"
import { ago, parseSpan, saySpan } from "./time.ts"

const second = 1_000
const minute = 60 * second
const hour = 60 * minute

describe("a span as Go writes it", () => {
  it.each([
    ["0s", 0],
    ["0", 0],
    ["8s", 8 * second],
    ["1h30m0s", 90 * minute],
    ["168h0m0s", 168 * hour],
    ["1.5s", 1_500],
    ["250ms", 250],
  ])("%s is read", (text, ms) => {
    expect(parseSpan(text)).toBe(ms)
  })

  it.each(["", "5", "1 week", "h", "-5m", "5m later"])("%j is refused", (text) => {
    expect(parseSpan(text)).toBeUndefined()
  })
})

it("says the two largest units of a span", () => {
  expect(saySpan(0)).toBe("0 s")
  expect(saySpan(45 * second)).toBe("45 s")
  expect(saySpan(3 * minute + 20 * second)).toBe("3 min 20 s")
  expect(saySpan(52 * hour + 59 * second)).toBe("2 d 4 h")
  expect(saySpan(hour)).toBe("1 h")
})

it("calls what a server's clock puts into the near future just now", () => {
  const now = Date.now()
  expect(ago(new Date(now + 3 * second), now)).toBe("just now")
  expect(ago(new Date(now - 9 * second), now)).toBe("just now")
  expect(ago(new Date(now - 5 * minute), now)).toContain("5")
})
