import { describe, expect, it } from "vitest"
import type { FlagNode } from "../../lib/api.ts"
import { matching, whyOf } from "./why.ts"

function node(key: string, more: Partial<FlagNode> = {}): FlagNode {
  return {
    id: key,
    key,
    description: "",
    type: "boolean",
    enabled: true,
    server_only: false,
    tags: [],
    segments: [],
    identities: [],
    version: 1,
    updated_at: "2026-11-24T03:00:00Z",
    children: [],
    lost: false,
    ...more,
  }
}

const split = (percent: number): Partial<FlagNode> => ({
  split: { rollout: "rol_1", salt: "s", percent },
})

describe("why people get what they get", () => {
  it("says that a child of a flag that is off is off for everybody", () => {
    const why = whyOf(node("diary"), [node("master", { enabled: false, ...split(50) })])
    expect(why).toMatchObject({ tone: "idle", text: "Off for everybody" })
    expect(why.because).toContain("master")
  })

  it("lets a child follow the share of its parent", () => {
    expect(whyOf(node("diary"), [node("master", split(25))]).text).toBe("On for 25 %")
    expect(whyOf(node("diary"), [node("master", split(100))]).text).toBe("On for everybody")
    expect(whyOf(node("master", split(0)), []).text).toBe("On for nobody yet")
  })

  it("tells what was taken back from what was switched off, until it is on again", () => {
    expect(whyOf(node("a", { enabled: false, lost: true }), []).text).toBe("Taken back")
    expect(whyOf(node("a", { enabled: false }), []).text).toBe("Off")
    expect(whyOf(node("a", { lost: true }), []).text).toBe("On for everybody")
  })
})

it("finds a child together with the parents that lead to it, and drops the rest", () => {
  const tree = [node("master", { children: [node("auth"), node("diary")] }), node("other")]
  const found = matching(tree, " DIA ")
  expect(found.map((f) => f.key)).toEqual(["master"])
  expect(found[0]?.children.map((f) => f.key)).toEqual(["diary"])
  expect(matching(tree, "master")[0]?.children).toHaveLength(2)
  expect(matching(tree, "nothing")).toEqual([])
})
