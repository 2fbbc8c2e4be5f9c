import { expect, it } from "vitest"
import { readTrait, sayAnswer, stateOf, writeTrait } from "./words.ts"

it("reads traits as they are typed, and writes them so that they are read the same", () => {
  expect(["pro", "41", "true", '"41"', "", "{}"].map(readTrait)).toEqual([
    "pro",
    41,
    true,
    "41",
    "",
    "{}",
  ])
  for (const value of ["pro", "41", "true", 41, false, "two words", '"quoted"', ""]) {
    expect(readTrait(writeTrait(value))).toBe(value)
  }
})

it("says what somebody gets", () => {
  expect(stateOf(true, true)).toBe("on")
  expect(stateOf(true, "blue")).toBe('"blue"')
  expect(stateOf(false, undefined)).toBe("off")
  const trace = {
    flag: "diary",
    type: "boolean",
    identifier: "",
    enabled: true,
    variant: "on",
    reason: "STATIC",
    steps: [],
  }
  expect(sayAnswer(trace)).toBe("diary is on for somebody unknown")
})
