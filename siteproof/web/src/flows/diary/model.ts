import type { DraftInfo, FieldErrors, Resource, SaveState } from "../../api/state.ts"
import type { CrewLine, DiaryEntry, PlantLine, Weather } from "../../api/wire.ts"

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

/** The site diary of the current project. Each day has its own draft. */
export declare function useDiary(): DiaryModel

export type { CrewLine, PlantLine }
