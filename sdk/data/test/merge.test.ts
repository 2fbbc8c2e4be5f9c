import fc from "fast-check"
import { describe, expect, test } from "vitest"
import { type Loser, mergeThreeWay, same } from "../src/merge.ts"

const scalar = fc.oneof(
  fc.string({ maxLength: 4 }),
  fc.integer({ min: 0, max: 5 }),
  fc.boolean(),
  fc.constant(null),
)
const record = fc.letrec((tie) => ({
  value: fc.oneof({ maxDepth: 3 }, scalar, fc.array(scalar, { maxLength: 3 }), tie("record")),
  record: fc.dictionary(fc.constantFrom("a", "b", "c", "__proto__", "d.e"), tie("value"), {
    maxKeys: 4,
  }),
})).record as fc.Arbitrary<Record<string, unknown>>

/** Every value that is not an object, with its path. */
function leaves(
  value: unknown,
  path: readonly string[] = [],
): readonly (readonly [string, unknown])[] {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) {
    return Object.entries(value).flatMap(([key, inner]) => leaves(inner, [...path, key]))
  }
  return [[JSON.stringify(path), value]]
}

function holds(value: unknown, wanted: unknown): boolean {
  if (same(value, wanted)) return true
  return (
    typeof value === "object" &&
    value !== null &&
    Object.values(value).some((inner) => holds(inner, wanted))
  )
}

describe("a three-way merge", () => {
  test("loses nothing: every value of either side is in the result, among the losers, or was the base's", () => {
    fc.assert(
      fc.property(record, record, record, (base, mine, theirs) => {
        const losers: Loser[] = []
        const merged = mergeThreeWay(base, mine, theirs, (loser) => losers.push(loser))
        const from = new Map(leaves(base))
        for (const side of [mine, theirs]) {
          for (const [path, value] of leaves(side)) {
            if (from.has(path) && same(from.get(path), value)) continue
            const kept = holds(merged, value) || losers.some((loser) => holds(loser.other, value))
            expect(kept, `${path} of ${JSON.stringify(side)}`).toBe(true)
          }
        }
      }),
      { numRuns: 2_000 },
    )
  })

  test("is stable: merging the result again changes nothing", () => {
    fc.assert(
      fc.property(record, record, record, (base, mine, theirs) => {
        const once = mergeThreeWay(base, mine, theirs)
        expect(mergeThreeWay(base, once, once)).toEqual(once)
        expect(mergeThreeWay(once, once, once)).toEqual(once)
      }),
      { numRuns: 2_000 },
    )
  })

  test("leaves the old side as it is when the new one changed nothing", () => {
    fc.assert(
      fc.property(record, record, (base, side) => {
        for (const [, value] of leaves(side)) {
          expect(holds(mergeThreeWay(base, side, base), value)).toBe(true)
        }
      }),
      { numRuns: 1_000 },
    )
  })

  test("never touches the prototype of anything", () => {
    const hostile = JSON.parse('{"__proto__":{"polluted":true}}')
    const merged = mergeThreeWay({}, { a: 1 }, hostile) as Record<string, unknown>
    expect(Object.hasOwn(merged, "__proto__")).toBe(true)
    expect(({} as Record<string, unknown>).polluted).toBeUndefined()
  })

  test.each([
    ["both changed: the later design wins", { a: 1 }, { a: 2 }, { a: 3 }, { a: 3 }, [2]],
    ["the new design removed it", { a: 1, b: 2 }, { a: 1, b: 2 }, { a: 1 }, { a: 1, b: 2 }, []],
    [
      "another kind would break the old code",
      { a: "x" },
      { a: "x" },
      { a: ["x", "y"] },
      { a: "x" },
      [["x", "y"]],
    ],
    [
      "each changed another field",
      { a: 1, b: 1 },
      { a: 2, b: 1 },
      { a: 1, b: 2 },
      { a: 2, b: 2 },
      [],
    ],
  ])("%s", (_, base, mine, theirs, expected, lost) => {
    const losers: unknown[] = []
    expect(mergeThreeWay(base, mine, theirs, ({ other }) => losers.push(other))).toEqual(expected)
    expect(losers).toEqual(lost)
  })
})
