const whole = new Intl.NumberFormat(undefined, { maximumFractionDigits: 0 })
const compact = new Intl.NumberFormat(undefined, { notation: "compact", maximumFractionDigits: 1 })

/** "12,345"; from a hundred thousand on "123K". */
export const count = (n: number): string => (n >= 100_000 ? compact.format(n) : whole.format(n))

/** "1 person", "12 people". */
export const people = (n: number): string => `${count(n)} ${n === 1 ? "person" : "people"}`

/** A share as percent: "0.42 %"; "–" when nobody was counted. */
export function share(part: number, all: number): string {
  if (all <= 0) return "–"
  const percent = (100 * part) / all
  const digits = percent === 0 ? 0 : percent < 1 ? 2 : percent < 10 ? 1 : 0
  return `${percent.toFixed(digits)} %`
}

/** 25 → "25 %", 0.5 → "0.5 %". */
export const percent = (p: number): string => `${Number(p.toFixed(2))} %`
