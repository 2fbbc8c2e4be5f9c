import { describe, expect, it } from "vitest"
import { diffLines } from "./line-diff.ts"

const said = (before: string, after: string, around?: number): string[] =>
  diffLines(before, after, around).map(
    (l) => `${{ same: " ", out: "-", in: "+" }[l.what]}${l.text}`,
  )

describe("what changes between two texts", () => {
  it.each([
    ["a\nb\nc", "a\nb\nc\n", []],
    ["a\nb\nc\nd\ne", "a\nb\nX\nd\ne", [" b", "-c", "+X", " d"]],
    ["a\nb", "a\nb\nc", [" b", "+c"]],
    ["a\nb\nc", "a\nc", [" a", "-b", " c"]],
    ["x\nkeep\ny", "1\nkeep\n2", ["-x", "+1", " keep", "-y", "+2"]],
    ["", "a", ["-", "+a"]],
  ])("%#", (before, after, lines) => {
    expect(said(before, after, 1)).toEqual(lines)
  })

  it("gives back both texts, whatever they are", () => {
    const text = (n: number): string =>
      Array.from({ length: 60 }, (_, i) => `${(i * n) % 7}`).join("\n")
    const lines = diffLines(text(3), text(5), 60)
    const side = (other: "in" | "out"): string =>
      lines
        .filter((l) => l.what !== other)
        .map((l) => l.text)
        .join("\n")
    expect(side("in")).toBe(text(3))
    expect(side("out")).toBe(text(5))
  })

  it("stays quick on what is far too long", () => {
    const long = (n: number): string =>
      Array.from({ length: 5_000 }, (_, i) => `${n} ${i}`).join("\n")
    expect(diffLines(long(1), long(2))).toHaveLength(10_000)
  })
})
