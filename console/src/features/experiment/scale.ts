/** A part of the number line. */
export interface Span {
  readonly low: number
  readonly high: number
}

/** The part of the number line that holds all values and nothing, with a little air. */
export function spanOf(values: readonly number[]): Span {
  const low = Math.min(0, ...values)
  const high = Math.max(0, ...values)
  const air = (high - low || 1) * 0.06
  return { low: low - air, high: high + air }
}

/** About five round numbers in a span, nothing among them. */
export function ticksOf(span: Span): readonly number[] {
  const rough = (span.high - span.low) / 5
  const size = 10 ** Math.floor(Math.log10(rough))
  const step = [1, 2, 5, 10].map((s) => s * size).find((s) => s >= rough) ?? size
  const ticks: number[] = []
  for (let n = Math.ceil(span.low / step); n * step <= span.high; n++) ticks.push(n * step || 0)
  return ticks
}
