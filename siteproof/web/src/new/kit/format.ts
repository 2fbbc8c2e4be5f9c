/** Times and numbers in the language of the screens and the time zone of the person. */

const language = "en-GB"

const minute = 60_000
const day = 24 * 60 * minute

const clock = new Intl.DateTimeFormat(language, { hour: "2-digit", minute: "2-digit" })
const shortDay = new Intl.DateTimeFormat(language, { day: "numeric", month: "short" })
const longDay = new Intl.DateTimeFormat(language, {
  weekday: "long",
  day: "numeric",
  month: "long",
  year: "numeric",
})
const longMonth = new Intl.DateTimeFormat(language, { month: "long", year: "numeric" })
const withYear = new Intl.DateTimeFormat(language, {
  day: "numeric",
  month: "short",
  year: "numeric",
})
const ago = new Intl.RelativeTimeFormat(language, { numeric: "auto", style: "short" })

/** A moment as the server or the browser says it: ISO text, a day `2026-03-01`, or ms since 1970. */
export type Moment = string | number | Date

/** A bare day means that day where the person is, not midnight in Greenwich. */
export function moment(at: Moment): Date {
  if (typeof at === "string" && /^\d{4}-\d{2}-\d{2}$/.test(at)) return new Date(`${at}T00:00:00`)
  return new Date(at)
}

function valid(date: Date): boolean {
  return !Number.isNaN(date.getTime())
}

/** "14:02" today, else "3 Mar, 14:02". */
export function timeOrDay(at: Moment): string {
  const date = moment(at)
  if (!valid(date)) return ""
  const today = date.toDateString() === new Date().toDateString()
  return today ? clock.format(date) : `${shortDay.format(date)}, ${clock.format(date)}`
}

/** "3 Mar", with the year if it is another one. */
export function dayShort(at: Moment): string {
  const date = moment(at)
  if (!valid(date)) return ""
  return date.getFullYear() === new Date().getFullYear()
    ? shortDay.format(date)
    : withYear.format(date)
}

/** "Tuesday 3 March 2026", without a comma, whatever the browser's tables say. */
export function dayLong(at: Moment): string {
  const date = moment(at)
  if (!valid(date)) return ""
  const words = longDay.formatToParts(date).filter((part) => part.type !== "literal")
  return words.map((part) => part.value).join(" ")
}

/** "March 2026". */
export function monthLong(month: string): string {
  const date = moment(`${month}-01`)
  return valid(date) ? longMonth.format(date) : ""
}

/** "14:02". */
export function time(at: Moment): string {
  const date = moment(at)
  return valid(date) ? clock.format(date) : ""
}

/** "3 Mar 2026, 14:02", for a tip over a relative time. */
export function exact(at: Moment): string {
  const date = moment(at)
  return valid(date) ? `${withYear.format(date)}, ${clock.format(date)}` : ""
}

/** "5 min. ago", "yesterday", "in 3 days". */
export function relative(at: Moment, now: number = Date.now()): string {
  const date = moment(at)
  if (!valid(date)) return ""
  const delta = date.getTime() - now
  const size = Math.abs(delta)
  if (size < minute) return "just now"
  if (size < 60 * minute) return ago.format(Math.round(delta / minute), "minute")
  if (size < day) return ago.format(Math.round(delta / (60 * minute)), "hour")
  if (size < 14 * day) return ago.format(Math.round(delta / day), "day")
  return dayShort(date)
}

/** Whole days since; 0 for today. */
export function daysSince(at: Moment, now: number = Date.now()): number {
  return Math.max(0, Math.floor((now - moment(at).getTime()) / day))
}

/** The day where the person is, as `2026-03-01`. */
export function isoDay(date: Date): string {
  const two = (n: number): string => String(n).padStart(2, "0")
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`
}

/** "1 NCR", "2 NCRs". */
export function plural(count: number, one: string, many: string = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`
}
