import { describe, expect, it } from "vitest"
import {
  blankCondition,
  changeGroup,
  newRules,
  readList,
  readVersion,
  removeGroup,
  toDraft,
  toRules,
  unfinished,
  withOperator,
  writeVersion,
} from "./rules.ts"

const kept = [
  {
    type: "ALL" as const,
    conditions: [],
    rules: [
      {
        type: "ANY" as const,
        conditions: [{ property: "plan", operator: "EQUAL" as const, value: "pro" }],
        rules: [{ type: "NONE" as const, conditions: [], rules: [] }],
      },
    ],
  },
]

describe("rules while they are edited", () => {
  it("come back as they were kept", () => {
    expect(toRules(toDraft(kept))).toEqual(kept)
  })

  it("change and lose a group at any depth, and nothing else", () => {
    const draft = toDraft(kept)
    const inner = draft[0]?.rules[0]?.rules[0]
    const changed = changeGroup(draft, inner?.id ?? 0, (g) => ({
      ...g,
      conditions: [blankCondition()],
    }))
    expect(unfinished(draft)).toBe(0)
    expect(unfinished(changed)).toBe(1)
    expect(toRules(removeGroup(changed, inner?.id ?? 0))[0]?.rules[0]?.rules).toEqual([])
  })

  it("begin with the shape that every client reads alike", () => {
    const [top] = toRules(newRules())
    expect(top).toMatchObject({ type: "ALL", conditions: [], rules: [{ rules: [] }] })
  })
})

describe("a value under another operator", () => {
  const c = { ...blankCondition(), property: "plan", value: "pro" }
  it("stays where it means the same", () => {
    expect(withOperator(c, "IN").value).toBe("pro")
    expect(withOperator(c, "MODULO").value).toBe("2|0")
    expect(withOperator(withOperator(c, "IS_SET"), "EQUAL").value).toBe("")
  })
  it("is a share of identities where nothing else was named", () => {
    expect(withOperator(blankCondition(), "PERCENTAGE_SPLIT").property).toBe("$.identity.key")
    expect(withOperator(c, "PERCENTAGE_SPLIT").property).toBe("plan")
  })
})

it("reads versions and lists as Flagsmith writes them", () => {
  expect(readVersion("1.2.3:semver")).toEqual({ text: "1.2.3", version: true })
  expect(writeVersion("1.2.3", false)).toBe("1.2.3")
  expect(readList("a,b")).toEqual(["a", "b"])
  expect(readList('["a,b",1]')).toEqual(["a,b", "1"])
  expect(readList("")).toEqual([])
  expect(readList("[x")).toEqual(["[x"])
})
