import type { FieldErrors } from "../../api/state.ts"
import type { DiaryChange, DiaryEntry } from "../../api/wire.ts"
import type { DiaryValues } from "./model.ts"

const longestNotes = 8_000
const longestDelays = 4_000
const mostLines = 40
const coldest = -60
const warmest = 60

/** What must be put right before a day can be saved; the server checks the same. */
export function checkDay(values: DiaryValues): FieldErrors<DiaryValues> {
  const errors: Partial<Record<keyof DiaryValues, string>> = {}
  const degrees = toNumber(values.temperature)
  if (Number.isNaN(degrees)) errors.temperature = "Enter the temperature, such as 11."
  else if (degrees < coldest || degrees > warmest) errors.temperature = "Between -60 and 60 °C."
  if (values.notes.trim() === "") errors.notes = "Say what was done today."
  else if (values.notes.length > longestNotes) errors.notes = `At most ${longestNotes} characters.`
  if (values.delays.length > longestDelays) errors.delays = `At most ${longestDelays} characters.`
  const crew = checkLines(values.crew, ({ trade, count }) => [trade, count], isHeadcount)
  if (crew) errors.crew = `Crew line ${crew}: a trade and a whole number of workers.`
  const plant = checkLines(values.plant, ({ name, hours }) => [name, hours], isHours)
  if (plant) errors.plant = `Plant line ${plant}: a name and hours from 0 to 24.`
  if (values.crew.length > mostLines) errors.crew = `At most ${mostLines} lines.`
  if (values.plant.length > mostLines) errors.plant = `At most ${mostLines} lines.`
  return errors
}

/** Number of the first line that is filled in wrongly; empty lines are left out when the day is saved. */
function checkLines<T>(
  lines: readonly T[],
  read: (line: T) => readonly [string, string],
  fits: (number: number) => boolean,
): number {
  const wrong = (line: T): boolean => {
    const [name, number] = read(line)
    if (name.trim() === "" && number.trim() === "") return false
    return name.trim() === "" || !fits(toNumber(number))
  }
  return lines.findIndex(wrong) + 1
}

function isHeadcount(count: number): boolean {
  return Number.isInteger(count) && count >= 0 && count <= 10_000
}

function isHours(hours: number): boolean {
  return hours >= 0 && hours <= 24
}

/** Takes a comma for the decimal point as well; NaN for what is no number. */
function toNumber(text: string): number {
  const trimmed = text.trim().replace(",", ".")
  return trimmed === "" ? Number.NaN : Number(trimmed)
}

/** What is sent for a day. */
export function encodeDay(day: string, values: DiaryValues, version: number): DiaryChange {
  return {
    day,
    weather: values.weather,
    temperature: toNumber(values.temperature),
    crew: values.crew
      .filter(({ trade }) => trade.trim() !== "")
      .map(({ trade, count }) => ({ trade: trade.trim(), count: toNumber(count) })),
    plant: values.plant
      .filter(({ name }) => name.trim() !== "")
      .map(({ name, hours }) => ({ name: name.trim(), hours: toNumber(hours) })),
    notes: values.notes.trim(),
    delays: values.delays.trim(),
    version,
  }
}

/** A day as the form shows it before anything is typed. */
export function decodeDay(entry: DiaryEntry | undefined): DiaryValues {
  return {
    weather: entry?.weather ?? "fine",
    temperature: entry ? String(entry.temperature) : "",
    crew: entry?.crew.map(({ trade, count }) => ({ trade, count: String(count) })) ?? [],
    plant: entry?.plant.map(({ name, hours }) => ({ name, hours: String(hours) })) ?? [],
    notes: entry?.notes ?? "",
    delays: entry?.delays ?? "",
  }
}
