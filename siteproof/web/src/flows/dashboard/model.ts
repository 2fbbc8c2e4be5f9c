import type { Resource } from "../../api/state.ts"
import type { Dashboard } from "../../api/wire.ts"

export const widgetIds = [
  "open-ncrs",
  "hold-points",
  "diary-streak",
  "today",
  "activity",
  "ageing",
] as const
export type WidgetId = (typeof widgetIds)[number]

/** Headings of the widgets, the same in both designs. */
export const widgetTitles: Readonly<Record<WidgetId, string>> = {
  "open-ncrs": "Open NCRs",
  "hold-points": "Upcoming hold points",
  "diary-streak": "Diary streak",
  today: "Today on site",
  activity: "Recent activity",
  ageing: "NCR ageing",
}

export interface DashboardModel {
  readonly dashboard: Resource<Dashboard>
  /** The widgets that are shown, in this person's order. */
  readonly widgets: readonly WidgetId[]
  readonly hidden: readonly WidgetId[]
  /** True while widgets can be moved; the button that toggles it says "Rearrange" or "Done". */
  readonly arranging: boolean
  setArranging(arranging: boolean): void
  /** Moves a widget by one place: -1 earlier, 1 later. */
  move(id: WidgetId, by: -1 | 1): void
  /** Puts a widget at the place of another (drag and drop). */
  place(id: WidgetId, at: WidgetId): void
  hide(id: WidgetId): void
  show(id: WidgetId): void
  /** Back to the order that SiteProof came with. */
  reset(): void
  reload(): void
}

/** The dashboard of the current project. The layout is a preference: both designs and all tabs share it. */
export declare function useDashboard(): DashboardModel
