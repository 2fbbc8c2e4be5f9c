import { expect, it } from "vitest"
import { originOf } from "./words.ts"

it("blames the new version for an error that mostly its people meet", () => {
  expect(originOf({ true: 3 })).toBe("new")
  expect(originOf({ on: 3, treatment: 1, off: 2 })).toBe("new")
  expect(originOf({ true: 1, false: 4 })).toBe("both")
  expect(originOf({ true: 2, false: 2 })).toBe("both")
  expect(originOf({ false: 4 })).toBe("elsewhere")
  expect(originOf({ "": 4 })).toBe("elsewhere")
  expect(originOf({ true: 0 })).toBe("elsewhere")
})
