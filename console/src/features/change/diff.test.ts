import { expect, it } from "vitest"
import type { Commit } from "../../lib/api.ts"
import { differences } from "./diff.ts"
import { sayCommit } from "./words.ts"

it("names each field that changed, however deep, and leaves out what changes with every write", () => {
  const before = { enabled: true, version: 3, split: { percent: 5 }, tags: ["a"] }
  const after = { enabled: false, version: 4, split: { percent: 25 }, tags: ["a", "b"] }
  expect(differences(before, after)).toEqual([
    { path: "enabled", before: "true", after: "false" },
    { path: "split.percent", before: "5", after: "25" },
    { path: "tags[1]", after: '"b"' },
  ])
})

it("shows a list that became an object as one change", () => {
  expect(differences({ v: [1] }, { v: { a: 1 } })).toEqual([
    { path: "v", before: "[1]", after: '{"a":1}' },
  ])
})

it("finds nothing between equal values", () => {
  expect(differences({ a: [1, { b: null }] }, { a: [1, {}] })).toEqual([])
})

function commit(...changes: Commit["changes"]): Commit {
  return {
    revision: 1,
    at: "2026-11-24T03:00:00Z",
    actor: { kind: "person", id: "p", name: "Mara" },
    reason: "because",
    changes,
  }
}

it("says commits in people's words", () => {
  const kind = "flag.updated"
  expect(
    sayCommit(
      commit({ kind, subject: "diary", before: { enabled: true }, after: { enabled: false } }),
    ),
  ).toBe("Turned diary off")
  expect(
    sayCommit(
      commit(
        { kind, subject: "ds", before: {}, after: { split: { percent: 5, salt: "s" } } },
        { kind: "rollout.started", subject: "rol_1", after: { name: "New design" } },
      ),
    ),
  ).toBe("Set ds to 5 % of people; rollout started: New design")
  expect(sayCommit(commit())).toBe("Changed nothing")
})
