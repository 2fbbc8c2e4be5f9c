/** One line of a change: kept, taken out or put in. */
export interface DiffLine {
  readonly what: "same" | "out" | "in"
  readonly text: string
}

/** Above so many lines on either side that differ, they are shown as replaced: nobody reads on, and finding pairs takes long. */
const most = 400

/** What changes from one text to another, line by line, with nothing of what both begin and end with but `around` lines. */
export function diffLines(before: string, after: string, around = 2): readonly DiffLine[] {
  const [a, b] = [before.trimEnd().split("\n"), after.trimEnd().split("\n")]
  const shortest = Math.min(a.length, b.length)
  let head = 0
  while (head < shortest && a[head] === b[head]) head++
  if (head === a.length && head === b.length) return []
  let tail = 0
  while (tail < shortest - head && a.at(-1 - tail) === b.at(-1 - tail)) tail++
  return [
    ...same(a.slice(Math.max(0, head - around), head)),
    ...middle(a.slice(head, a.length - tail), b.slice(head, b.length - tail)),
    ...same(a.slice(a.length - tail, a.length - tail + around)),
  ]
}

const as =
  (what: DiffLine["what"]) =>
  (text: string): DiffLine => ({ what, text })

const same = (lines: readonly string[]): readonly DiffLine[] => lines.map(as("same"))

/** Keeps the longest run of lines that both have in the same order. */
function middle(a: readonly string[], b: readonly string[]): readonly DiffLine[] {
  if (a.length > most || b.length > most) return [...a.map(as("out")), ...b.map(as("in"))]
  const common = lengths(a, b)
  const at = (i: number, j: number): number => common[i]?.[j] ?? 0
  const lines: DiffLine[] = []
  let [i, j] = [0, 0]
  while (i < a.length || j < b.length) {
    const [x, y] = [a[i], b[j]]
    if (x !== undefined && x === y) {
      lines.push({ what: "same", text: x })
      i++
      j++
    } else if (x !== undefined && (y === undefined || at(i + 1, j) >= at(i, j + 1))) {
      lines.push({ what: "out", text: x })
      i++
    } else if (y !== undefined) {
      lines.push({ what: "in", text: y })
      j++
    }
  }
  return lines
}

/** How many lines the rests from i and from j have in common. */
function lengths(a: readonly string[], b: readonly string[]): readonly number[][] {
  const all = Array.from({ length: a.length + 1 }, () => new Array<number>(b.length + 1).fill(0))
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) {
      const [row, below] = [all[i], all[i + 1]]
      if (!row || !below) continue
      row[j] = a[i] === b[j] ? 1 + (below[j + 1] ?? 0) : Math.max(below[j] ?? 0, row[j + 1] ?? 0)
    }
  }
  return all
}
