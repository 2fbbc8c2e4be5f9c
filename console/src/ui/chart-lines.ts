/**
 * Line styles that stay apart for colour-blind eyes and on paper: hues after Okabe and Ito, each with its own dashes.
 * The first is for the whole, the others for its parts in turn.
 */
export interface LineStyle {
  readonly light: string
  readonly dark: string
  readonly width: number
  readonly dash: readonly number[]
}

const whole: LineStyle = { light: "#182033", dark: "#f0f3fa", width: 2.5, dash: [] }

const parts: readonly LineStyle[] = [
  { light: "#0072b2", dark: "#56b4e9", width: 2, dash: [] },
  { light: "#b06000", dark: "#e69f00", width: 2, dash: [8, 3] },
  { light: "#00805d", dark: "#2fc99b", width: 2, dash: [2, 3] },
  { light: "#a3417f", dark: "#e396c1", width: 2, dash: [10, 3, 2, 3] },
  { light: "#6a5a00", dark: "#f0e442", width: 2, dash: [5, 5] },
  { light: "#4a5cc0", dark: "#9aa9ff", width: 2, dash: [14, 4] },
]

/** The style of one line: the whole, or the n-th part. */
export function lineStyle(part: number | "whole"): LineStyle {
  if (part === "whole") return whole
  return parts[part % parts.length] ?? whole
}
