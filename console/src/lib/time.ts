const second = 1_000
const minute = 60 * second
const hour = 60 * minute
const day = 24 * hour

const absolute = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" })
const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" })
const relative = new Intl.RelativeTimeFormat(undefined, { numeric: "auto", style: "short" })

/** "24 Nov 2026, 03:12:09", in the reader's locale. */
export const fullTime = (at: string | Date): string => absolute.format(new Date(at))

const exact = new Intl.DateTimeFormat(undefined, { timeStyle: "medium" })

/** "03:12:09", in the reader's locale. */
export const fullClock = (at: string | Date): string => exact.format(new Date(at))

/** "03:12", in the reader's locale. */
export const clockTime = (at: string | Date): string => clock.format(new Date(at))

const weekday = new Intl.DateTimeFormat(undefined, {
  weekday: "short",
  day: "numeric",
  month: "short",
  hour: "2-digit",
  minute: "2-digit",
})

/** "14:32" within a day of now, else "Wed, 2 Dec, 14:32". */
export const soonTime = (at: string | Date, now: number): string =>
  Math.abs(new Date(at).getTime() - now) < 20 * hour ? clockTime(at) : weekday.format(new Date(at))

/** "2 min. ago", "in 3 hr."; under ten seconds "just now". */
export function ago(at: string | Date, now: number): string {
  const passed = new Date(at).getTime() - now
  const far = Math.abs(passed)
  if (far < 10 * second) return "just now"
  if (far < minute) return relative.format(Math.round(passed / second), "second")
  if (far < hour) return relative.format(Math.round(passed / minute), "minute")
  if (far < 2 * day) return relative.format(Math.round(passed / hour), "hour")
  return relative.format(Math.round(passed / day), "day")
}

const goUnits: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  ms: 1,
  s: second,
  m: minute,
  h: hour,
}

/** Reads a span as Go writes it ("1h30m0s") into milliseconds; undefined when it is none. */
export function parseSpan(text: string): number | undefined {
  if (text === "0") return 0
  if (!/^(\d+(\.\d+)?(ns|us|µs|ms|s|m|h))+$/.test(text)) return undefined
  let total = 0
  for (const [, amount, unit] of text.matchAll(/(\d+(?:\.\d+)?)(ns|us|µs|ms|s|m|h)/g)) {
    total += Number(amount) * (goUnits[unit ?? ""] ?? 0)
  }
  return total
}

/** Milliseconds as people say them, the two largest units: "2 d 4 h", "3 min 20 s". */
export function saySpan(ms: number): string {
  const units: readonly (readonly [string, number])[] = [
    ["d", day],
    ["h", hour],
    ["min", minute],
    ["s", second],
  ]
  const first = units.findIndex(([, size]) => ms >= size)
  if (first < 0) return "0 s"
  const parts: string[] = []
  let rest = ms
  for (const [name, size] of units.slice(first, first + 2)) {
    const count = Math.floor(rest / size)
    rest -= count * size
    if (count > 0) parts.push(`${count} ${name}`)
  }
  return parts.join(" ")
}
