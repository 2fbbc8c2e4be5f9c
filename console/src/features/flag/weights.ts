/** What a flag spreads people over: a variant's key and its percent, in order. */
export interface Weight {
  readonly key: string
  readonly weight: number
}

/** One stretch of the people, from and to percent. */
export interface Stretch extends Weight {
  readonly from: number
}

/** Who is left over when all variants have theirs. */
export const control = "control"

/** Rounding of sums of weights, percent. */
const dust = 1e-9

/** The sum of all weights, percent. */
export const sumOf = (weights: readonly Weight[]): number =>
  weights.reduce((sum, w) => sum + (Number.isFinite(w.weight) ? w.weight : 0), 0)

/** The people from 0 to 100 percent as the variants share them; control has the rest. */
export function stretchesOf(weights: readonly Weight[]): readonly Stretch[] {
  let from = 0
  const out: Stretch[] = []
  for (const { key, weight } of weights) {
    const width = Math.max(0, Math.min(weight, 100 - from))
    if (width > dust) out.push({ key, from, weight: width })
    from += width
  }
  if (100 - from > dust) out.push({ key: control, from, weight: 100 - from })
  return out
}

/** How many percent of people get another variant by going from one spread to another. */
export function moved(before: readonly Weight[], after: readonly Weight[]): number {
  const [a, b] = [stretchesOf(before), stretchesOf(after)]
  const edges = [...new Set([...a, ...b].flatMap((s) => [s.from, s.from + s.weight]))].sort(
    (x, y) => x - y,
  )
  const at = (all: readonly Stretch[], p: number): string =>
    all.find((s) => p >= s.from && p < s.from + s.weight)?.key ?? control
  let sum = 0
  for (let i = 1; i < edges.length; i++) {
    const [low, high] = [edges[i - 1] ?? 0, edges[i] ?? 0]
    const middle = (low + high) / 2
    if (at(a, middle) !== at(b, middle)) sum += high - low
  }
  return Number(sum.toFixed(6))
}
