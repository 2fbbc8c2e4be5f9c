import type { Mutation } from "@belay/data"
import { useDraft, useOnline } from "@belay/react"
import { addDays, addMonths, today, weeksAround } from "../../api/day.ts"
import { draftInfo } from "../../api/draft-info.ts"
import type { DraftInfo, FieldErrors, Resource, SaveState } from "../../api/state.ts"
import { usePending } from "../../api/use-pending.ts"
import { useProject } from "../../api/use-project.ts"
import { mapResource, useResource } from "../../api/use-resource.ts"
import { useSaving } from "../../api/use-saving.ts"
import type { DiaryChange, DiaryEntry, Weather } from "../../api/wire.ts"
import { useScreenState } from "../../app/context.ts"
import { useAccount } from "../auth/model.ts"
import { checkDay, decodeDay, encodeDay } from "./check.ts"
export const weathers = ["fine", "overcast", "showers", "rain", "wind", "storm"] as const
export const weatherLabels: Readonly<Record<Weather, string>> = {
  fine: "Fine",
  overcast: "Overcast",
  showers: "Showers",
  rain: "Rain",
  wind: "High wind",
  storm: "Storm",
}

/** Fields of one day. Numbers are text while they are typed. */
export interface DiaryValues {
  readonly weather: Weather
  readonly temperature: string
  readonly crew: readonly { readonly trade: string; readonly count: string }[]
  readonly plant: readonly { readonly name: string; readonly hours: string }[]
  readonly notes: string
  readonly delays: string
}

/** One day of the month that is shown. */
export interface DiaryDay {
  readonly day: string
  readonly inMonth: boolean
  readonly today: boolean
  readonly future: boolean
  readonly entry: DiaryEntry | undefined
  /** Saved here, waiting to be sent. */
  readonly queued: boolean
}

export type ExportFormat = "pdf" | "csv"

export interface DiaryModel {
  readonly entries: Resource<readonly DiaryEntry[]>
  /** Shown month, `YYYY-MM`. */
  readonly month: string
  /** Whole weeks from Monday to Sunday around the shown month. */
  readonly days: readonly DiaryDay[]
  showMonth(by: -1 | 1): void

  /** The day that is being edited, `YYYY-MM-DD`; starts as today. */
  readonly day: string
  select(day: string): void
  readonly values: DiaryValues
  readonly errors: FieldErrors<DiaryValues>
  readonly draft: DraftInfo
  readonly save: SaveState
  readonly online: boolean
  /** The selected day is already saved; saving changes it. */
  readonly written: boolean
  set(patch: Partial<DiaryValues>): void
  addCrew(): void
  addPlant(): void
  setCrew(index: number, patch: Partial<DiaryValues["crew"][number]>): void
  setPlant(index: number, patch: Partial<DiaryValues["plant"][number]>): void
  removeCrew(index: number): void
  removePlant(index: number): void
  /** Never rejects. */
  submit(): Promise<void>

  readonly exporting: boolean
  openExport(): void
  closeExport(): void
  readonly exportFrom: string
  readonly exportTo: string
  setExport(patch: { readonly from?: string; readonly to?: string }): void
  /** Why this range cannot be exported; empty when it can. */
  readonly exportError: string
  /** Address of the file, for a link with `download`; both formats hold the same days. */
  exportUrl(format: ExportFormat): string
  /** Entries in the chosen range. */
  readonly exportCount: number
  reload(): void
}

type Crew = DiaryValues["crew"][number]
type Plant = DiaryValues["plant"][number]

/** The site diary of the current project. Each day has its own draft. */
export function useDiary(): DiaryModel {
  const { id: projectId, project } = useProject()
  const { entries, waiting, reload } = useEntries(projectId)
  const [day, setDay] = useScreenState("diary.day", today())
  const [month, setMonth] = useScreenState("diary.month", day.slice(0, 7))
  const [tried, setTried] = useScreenState("visit:diary.tried", "")
  const name = `diary:${projectId}:${day}`
  const [typed, change, draft] = useDraft<Partial<DiaryValues>>(name, {})
  const saving = useSaving<DiaryChange>("diary", {
    type: "diary.save",
    url: `/api/diary/${encodeURIComponent(projectId)}/${day}`,
    method: "PUT",
    entity: name,
    draft: name,
  })
  const known = entries.state === "ready" ? entries.value : []
  const entry = known.find((one) => one.day === day)
  const values: DiaryValues = { ...decodeDay(entry), ...typed }
  const refused = saving.state.state === "refused" ? saving.state.problem.fields : {}
  const errors = tried === day ? { ...checkDay(values), ...refused } : {}

  const set = (patch: Partial<DiaryValues>): void => {
    change(patch)
    if (saving.state.state !== "sending") saving.reset()
  }
  const submit = async (): Promise<void> => {
    if (saving.state.state === "sending" || projectId === "") return
    const found = checkDay(values)
    const first = Object.values(found)[0]
    setTried(day)
    if (first !== undefined) return saving.refuse(first, found)
    const before = typed
    const kept = await saving.save(encodeDay(day, values, entry?.version ?? 0))
    if (!kept) return
    await draft.commit(kept.id).catch(() => undefined)
    const outcome = await kept.outcome
    if (outcome.state === "dead") change(before)
    reload()
  }
  return {
    entries: project.state === "error" ? project : entries,
    month,
    days: weeksAround(month).map((one) => ({
      day: one,
      inMonth: one.startsWith(month),
      today: one === today(),
      future: one > today(),
      entry: known.find((entered) => entered.day === one),
      queued: waiting.has(one),
    })),
    showMonth: (by) => setMonth((now) => addMonths(now, by)),
    day,
    select: (next) => {
      setDay(next)
      setMonth(next.slice(0, 7))
      saving.reset()
    },
    values,
    errors,
    draft: draftInfo(draft, saving.reset),
    save: saving.state,
    online: useOnline(),
    written: entry !== undefined,
    set,
    addCrew: () => set({ crew: [...values.crew, { trade: "", count: "" }] }),
    addPlant: () => set({ plant: [...values.plant, { name: "", hours: "" }] }),
    setCrew: (index, patch) => set({ crew: changed<Crew>(values.crew, index, patch) }),
    setPlant: (index, patch) => set({ plant: changed<Plant>(values.plant, index, patch) }),
    removeCrew: (index) => set({ crew: values.crew.filter((_, at) => at !== index) }),
    removePlant: (index) => set({ plant: values.plant.filter((_, at) => at !== index) }),
    submit: () => submit().catch((error: unknown) => saving.refuse(String(error))),
    ...useExport(projectId, known),
    reload,
  }
}

function changed<T>(lines: readonly T[], index: number, patch: Partial<T>): readonly T[] {
  return lines.map((line, at) => (at === index ? { ...line, ...patch } : line))
}

/** The entries as this device knows them: the server's, with what waits to be sent. */
function useEntries(projectId: string): {
  readonly entries: Resource<readonly DiaryEntry[]>
  /** Days that wait. */
  readonly waiting: ReadonlySet<string>
  reload(): void
} {
  const { name: author } = useAccount()
  const { resource, reload } = useResource<readonly DiaryEntry[]>(
    projectId === "" ? undefined : `/api/diary?projectId=${encodeURIComponent(projectId)}`,
  )
  const mine = `diary:${projectId}:`
  const pending = usePending(
    ({ type, entity }) => type === "diary.save" && entity?.startsWith(mine) === true,
    resource.state === "ready" ? resource.at : 0,
  )
  const entries = mapResource(resource, (known) =>
    pending.reduce((now, mutation) => withSaved(now, mutation, projectId, author), known),
  )
  const waiting = new Set(pending.map(({ payload }) => (payload as DiaryChange).day))
  return { entries, waiting, reload }
}

/** The entries after a save that the server has not confirmed; the next save goes on from its version. */
function withSaved(
  entries: readonly DiaryEntry[],
  mutation: Mutation,
  projectId: string,
  author: string,
): readonly DiaryEntry[] {
  const saved = mutation.payload as DiaryChange
  if (entries.some((one) => one.day === saved.day && one.version > saved.version)) return entries
  const entry: DiaryEntry = {
    ...saved,
    projectId,
    author,
    updatedAt: new Date(mutation.createdAt).toISOString(),
    version: saved.version + 1,
  }
  return [...entries.filter(({ day }) => day !== saved.day), entry].sort((one, other) =>
    one.day.localeCompare(other.day),
  )
}

type Export = Pick<
  DiaryModel,
  | "exporting"
  | "openExport"
  | "closeExport"
  | "exportFrom"
  | "exportTo"
  | "setExport"
  | "exportError"
  | "exportUrl"
  | "exportCount"
>

/** Two weeks are what is usually handed to the client. */
const exportedDays = 14

function useExport(projectId: string, entries: readonly DiaryEntry[]): Export {
  const [exporting, setExporting] = useScreenState("visit:diary.exporting", false)
  const [range, setRange] = useScreenState("diary.export", {
    from: addDays(today(), 1 - exportedDays),
    to: today(),
  })
  const { from, to } = range
  const count = entries.filter(({ day }) => day >= from && day <= to).length
  return {
    exporting,
    openExport: () => setExporting(true),
    closeExport: () => setExporting(false),
    exportFrom: from,
    exportTo: to,
    setExport: (patch) => setRange((now) => ({ ...now, ...patch })),
    exportError: exportError(from, to, count),
    exportUrl: (format) =>
      `/api/diary/export.${format}?${new URLSearchParams({ projectId, from, to }).toString()}`,
    exportCount: count,
  }
}

function exportError(from: string, to: string, count: number): string {
  if (from === "" || to === "") return "Choose the first and the last day."
  if (from > to) return "The last day comes before the first."
  return count === 0 ? "There is no entry in these days." : ""
}
