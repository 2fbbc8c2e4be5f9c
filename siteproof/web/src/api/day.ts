/** The day that it is here, `YYYY-MM-DD`. */
export function today(): string {
  return dayOf(new Date())
}

/** The local day of a moment. */
export function dayOf(at: Date): string {
  const two = (part: number): string => String(part).padStart(2, "0")
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`
}

/** The same moment of the day, so many days on; noon, so that summer time changes no date. */
export function addDays(day: string, days: number): string {
  const at = noon(day)
  at.setDate(at.getDate() + days)
  return dayOf(at)
}

/** Noon of a day, for formatting. */
export function noon(day: string): Date {
  return new Date(`${day}T12:00:00`)
}

/** Whole weeks from Monday to Sunday around a month `YYYY-MM`. */
export function weeksAround(month: string): readonly string[] {
  const first = noon(`${month}-01`)
  const start = addDays(dayOf(first), -((first.getDay() + 6) % 7))
  const last = new Date(first.getFullYear(), first.getMonth() + 1, 0)
  const behind = (7 - last.getDay()) % 7
  const end = addDays(dayOf(last), behind)
  const days: string[] = []
  for (let day = start; day <= end; day = addDays(day, 1)) days.push(day)
  return days
}

export function addMonths(month: string, by: number): string {
  const at = noon(`${month}-01`)
  at.setMonth(at.getMonth() + by)
  return dayOf(at).slice(0, 7)
}
