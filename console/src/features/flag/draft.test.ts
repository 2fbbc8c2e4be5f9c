import { expect, it } from "vitest"
import type { WholeFlag } from "../../lib/api-flags.ts"
import { contested, draftOf, faultsOf, merged, movedTo, patchOf } from "./draft.ts"

const flag: WholeFlag = {
  id: "flg_1",
  number: 7,
  key: "cta",
  description: "",
  type: "number",
  enabled: true,
  value: 1,
  server_only: false,
  tags: [],
  variants: [{ key: "two", value: 2, weight: 30 }],
  segments: [
    { for: "pros", priority: 9, enabled: true, value: 3 },
    { for: "first", priority: 2, enabled: false },
  ],
  identities: [],
  version: 5,
  updated_at: "2026-11-24T03:00:00Z",
}

it("sends only what was changed, with the version that was seen", () => {
  const base = draftOf(flag)
  expect(base.segments.map((o) => o.for)).toEqual(["first", "pros"])
  expect(patchOf(flag, base)).toEqual({ version: 5 })
  const mine = { ...base, owner: " web ", segments: movedTo(base.segments, 1, 0) }
  expect(patchOf(flag, mine)).toEqual({
    version: 5,
    owner: "web",
    segments: [
      { for: "pros", priority: 1, enabled: true, value: 3 },
      { for: "first", priority: 2, enabled: false },
    ],
  })
})

it("keeps what was typed when somebody else changed the flag, and says where both did", () => {
  const base = draftOf(flag)
  const mine = { ...base, text: "10", owner: "web" }
  const theirs = { ...base, text: "20", enabled: false }
  expect(merged(base, mine, theirs)).toMatchObject({ text: "10", owner: "web", enabled: false })
  expect(contested(base, mine, theirs)).toEqual(["text"])
})

it("says what has to be put right", () => {
  const base = draftOf(flag)
  expect(faultsOf("number", base)).toEqual([])
  expect(faultsOf("number", { ...base, text: "many" })).toHaveLength(1)
  const two = { id: 9, key: "two", text: "x", weight: 80 }
  expect(faultsOf("number", { ...base, variants: [...base.variants, two] })).toHaveLength(3)
  expect(faultsOf("json", { ...base, text: "12", variants: [], segments: [] })[0]).toContain(
    "object",
  )
})
