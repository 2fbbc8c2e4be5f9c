import { usePreference } from "@belay/react"
import { today } from "../../api/day.ts"
import type { Resource } from "../../api/state.ts"
import { useProject } from "../../api/use-project.ts"
import { useResource } from "../../api/use-resource.ts"
import type { Dashboard } from "../../api/wire.ts"
import { useScreenState } from "../../app/context.ts"

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

/** Which widgets are shown and in what order, as it is stored. */
interface Layout {
  readonly shown: readonly WidgetId[]
  readonly hidden: readonly WidgetId[]
}

const standard: Layout = { shown: widgetIds, hidden: [] }

/** The dashboard of the current project. The layout is a preference: both designs and all tabs share it. */
export function useDashboard(): DashboardModel {
  const { id, project, reload: reloadProject } = useProject()
  const path = id === "" ? undefined : `/api/dashboard?projectId=${id}&today=${today()}`
  const { resource, reload } = useResource<Dashboard>(path)
  const [stored, setLayout] = usePreference<Layout>("dashboard.layout", standard)
  const [arranging, setArranging] = useScreenState("visit:dashboard.arranging", false)
  const layout = readLayout(stored)
  const { shown, hidden } = layout
  const arrange = (next: readonly WidgetId[]): void => setLayout({ shown: next, hidden })

  return {
    dashboard: project.state === "error" ? project : resource,
    widgets: shown,
    hidden,
    arranging,
    setArranging,
    move: (widget, by) => {
      const neighbour = shown[shown.indexOf(widget) + by]
      if (neighbour !== undefined) arrange(placed(shown, widget, neighbour))
    },
    place: (widget, at) => arrange(placed(shown, widget, at)),
    hide: (widget) =>
      setLayout({ shown: shown.filter((one) => one !== widget), hidden: [...hidden, widget] }),
    show: (widget) =>
      setLayout({ shown: [...shown, widget], hidden: hidden.filter((one) => one !== widget) }),
    reset: () => setLayout(standard),
    reload: () => {
      reloadProject()
      reload()
    },
  }
}

/** A stored layout may be from another version: unknown widgets go, new ones come at the end. */
export function readLayout(stored: unknown): Layout {
  const read = (field: "shown" | "hidden"): readonly WidgetId[] => {
    const list = (stored as Partial<Record<"shown" | "hidden", unknown>> | null)?.[field]
    if (!Array.isArray(list)) return []
    return [...new Set(widgetIds.filter((id) => list.includes(id)))].sort(
      (one, other) => list.indexOf(one) - list.indexOf(other),
    )
  }
  const shown = read("shown")
  const hidden = read("hidden").filter((id) => !shown.includes(id))
  const fresh = widgetIds.filter((id) => !shown.includes(id) && !hidden.includes(id))
  return { shown: [...shown, ...fresh], hidden }
}

/** Takes a widget out and puts it where another one is now. */
export function placed(
  shown: readonly WidgetId[],
  widget: WidgetId,
  at: WidgetId,
): readonly WidgetId[] {
  const index = shown.indexOf(at)
  if (index < 0 || !shown.includes(widget)) return shown
  const rest = shown.filter((one) => one !== widget)
  return [...rest.slice(0, index), widget, ...rest.slice(index)]
}
