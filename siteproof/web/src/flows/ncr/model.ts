import { useDraft, useOnline } from "@belay/react"
import { draftInfo } from "../../api/draft-info.ts"
import type { DraftInfo, FieldErrors, Resource, SaveState } from "../../api/state.ts"
import { usePending } from "../../api/use-pending.ts"
import { useProject } from "../../api/use-project.ts"
import { mapResource, useResource } from "../../api/use-resource.ts"
import { useSaving } from "../../api/use-saving.ts"
import type {
  Disposition,
  Ncr,
  NcrCategory,
  NcrMove,
  NcrStatus,
  NcrSummary,
  NewNcr,
  Severity,
} from "../../api/wire.ts"
import { useScreenState, useSiteproof } from "../../app/context.ts"
import { checkMove, checkNcr, stepsOf } from "./check.ts"

export const severities = ["minor", "major", "critical"] as const
export const severityLabels: Readonly<Record<Severity, string>> = {
  minor: "Minor",
  major: "Major",
  critical: "Critical",
}
export const statuses = [
  "raised",
  "investigating",
  "disposition",
  "verification",
  "closed",
] as const
export const statusLabels: Readonly<Record<NcrStatus, string>> = {
  raised: "Raised",
  investigating: "Investigating",
  disposition: "Disposition",
  verification: "Verification",
  closed: "Closed",
}
export const categories = ["workmanship", "materials", "documentation", "design", "safety"] as const
export const categoryLabels: Readonly<Record<NcrCategory, string>> = {
  workmanship: "Workmanship",
  materials: "Materials",
  documentation: "Documentation",
  design: "Design",
  safety: "Safety",
}
export const dispositions = ["rework", "repair", "use-as-is", "reject"] as const
export const dispositionLabels: Readonly<Record<Disposition, string>> = {
  rework: "Rework",
  repair: "Repair",
  "use-as-is": "Use as is",
  reject: "Reject",
}

export interface NcrFilter {
  /** Searches number, title, location and assignee. */
  readonly text: string
  readonly status: NcrStatus | "open" | "all"
  readonly severity: Severity | "all"
}

export interface NcrListModel {
  /** Those that pass the filter, newest first. */
  readonly ncrs: Resource<readonly NcrSummary[]>
  /** How many there are in each state, without the filter. */
  readonly counts: Readonly<Record<NcrStatus, number>>
  readonly filter: NcrFilter
  setFilter(patch: Partial<NcrFilter>): void
  /** Titles of NCRs that were raised on this device and wait to be sent. */
  readonly waiting: readonly { readonly id: string; readonly title: string }[]
  reload(): void
}

/** The non-conformance reports of the current project. */
export function useNcrList(): NcrListModel {
  const { id, project } = useProject()
  const { resource, reload } = useResource<readonly NcrSummary[]>(
    id === "" ? undefined : `/api/ncrs?projectId=${id}`,
  )
  const [filter, setFilter] = useScreenState<NcrFilter>("ncr-list.filter", allOpen)
  const all = resource.state === "ready" ? resource.value : none
  const waiting = usePending(
    ({ type, payload }) => type === "ncr.raise" && (payload as NewNcr).projectId === id,
    resource.state === "ready" ? resource.at : 0,
  )
  return {
    ncrs:
      project.state === "error"
        ? project
        : mapResource(resource, (ncrs) => ncrs.filter(passes(filter))),
    counts: countByStatus(all),
    filter,
    setFilter: (patch) => setFilter((now) => ({ ...now, ...patch })),
    waiting: waiting.map((mutation) => ({
      id: mutation.id,
      title: (mutation.payload as NewNcr).title,
    })),
    reload,
  }
}

const none: readonly NcrSummary[] = []
const allOpen: NcrFilter = { text: "", status: "all", severity: "all" }

function passes({ text, status, severity }: NcrFilter): (ncr: NcrSummary) => boolean {
  const wanted = text.trim().toLowerCase()
  return (ncr) => {
    const words = `${ncr.number} ${ncr.title} ${ncr.location} ${ncr.assignee}`.toLowerCase()
    const inStatus =
      status === "all" || (status === "open" ? ncr.status !== "closed" : ncr.status === status)
    return inStatus && (severity === "all" || ncr.severity === severity) && words.includes(wanted)
  }
}

function countByStatus(ncrs: readonly NcrSummary[]): Readonly<Record<NcrStatus, number>> {
  const counts = { raised: 0, investigating: 0, disposition: 0, verification: 0, closed: 0 }
  for (const { status } of ncrs) counts[status] += 1
  return counts
}

/** Fields of the form that raises an NCR. Empty strings stand for "not chosen yet". */
export interface NcrValues {
  readonly title: string
  readonly location: string
  readonly severity: Severity | ""
  readonly category: NcrCategory | ""
  readonly description: string
  readonly immediateAction: string
  readonly rootCause: string
  readonly assignee: string
  readonly dueOn: string
}

export interface NcrFormModel {
  readonly values: NcrValues
  /** Messages; only for fields that were left or after a try to raise. */
  readonly errors: FieldErrors<NcrValues>
  readonly save: SaveState
  readonly online: boolean
  readonly draft: DraftInfo
  /** People who may be given the NCR. */
  readonly people: readonly string[]
  /** The NCR that was made, once the server has answered. */
  readonly raised: NcrSummary | undefined
  set(patch: Partial<NcrValues>): void
  /** To be called when a field loses focus. */
  leave(field: keyof NcrValues): void
  /** Validates and saves; offline the NCR waits on this device. Never rejects. */
  submit(): Promise<void>
  /** Starts another NCR after one was saved. */
  again(): void
}

/** The form that raises an NCR. Its draft has the key `ncr-new`, the same in both designs. */
export function useNcrForm(): NcrFormModel {
  const { id: projectId } = useProject()
  const { resource: people } = useResource<readonly string[]>("/api/people")
  const [values, change, draft] = useDraft<NcrValues>("ncr-new", emptyNcr)
  const saving = useSaving<NewNcr>("ncr-new", {
    type: "ncr.raise",
    url: "/api/ncrs",
    draft: "ncr-new",
  })
  const [left, setLeft] = useScreenState<readonly string[]>("visit:ncr-new.left", [])
  const [raised, setRaised] = useScreenState<NcrSummary | undefined>(
    "visit:ncr-new.raised",
    undefined,
  )
  const refused = saving.state.state === "refused" ? saving.state.problem.fields : {}

  const submit = async (): Promise<void> => {
    if (saving.state.state === "sending") return
    const found = checkNcr(values)
    setLeft(Object.keys(values))
    const first = Object.values(found)[0]
    if (first !== undefined) return saving.refuse(first, found)
    if (projectId === "") return saving.refuse("The project is not known yet. Try again soon.")
    const typed = values
    const kept = await saving.save(encodeNcr(typed, projectId))
    if (!kept) return
    await draft.commit(kept.id).catch(() => undefined)
    const outcome = await kept.outcome
    if (outcome.state === "sent") {
      setRaised(outcome.body as NcrSummary)
    } else if (outcome.state === "dead") {
      // Everything typed goes back into the form, beside the reason.
      change(typed)
    }
  }
  return {
    values,
    errors: only({ ...checkNcr(values), ...refused }, left),
    save: saving.state,
    online: useOnline(),
    draft: draftInfo(draft, () => {
      setLeft([])
      saving.reset()
    }),
    people: people.state === "ready" ? people.value : [],
    raised,
    set: (patch) => {
      change(patch)
      if (saving.state.state === "refused") saving.reset()
    },
    leave: (field) => setLeft((now) => (now.includes(field) ? now : [...now, field])),
    submit: () => submit().catch((error: unknown) => saving.refuse(String(error))),
    again: () => {
      saving.reset()
      setLeft([])
      setRaised(undefined)
    },
  }
}

const emptyNcr: NcrValues = {
  title: "",
  location: "",
  severity: "",
  category: "",
  description: "",
  immediateAction: "",
  rootCause: "",
  assignee: "",
  dueOn: "",
}

/** What is sent; the form has been checked, so a severity was chosen. */
function encodeNcr(values: NcrValues, projectId: string): NewNcr {
  return {
    ...values,
    projectId,
    severity: values.severity || "minor",
    category: values.category || "workmanship",
  }
}

function only<T>(errors: FieldErrors<T>, fields: readonly string[]): FieldErrors<T> {
  const shown = Object.entries(errors).filter(([field]) => fields.includes(field))
  return Object.fromEntries(shown) as FieldErrors<T>
}

/** What the person enters to move an NCR on. */
export interface MoveValues {
  readonly note: string
  readonly rootCause: string
  readonly disposition: Disposition | ""
  readonly correctiveAction: string
}

/** A step that may be taken now. */
export interface Step {
  readonly to: NcrStatus
  /** Text of its button, such as `Start investigation`. */
  readonly label: string
  /** Fields that must be filled for it. */
  readonly needs: readonly (keyof MoveValues)[]
  /** The step goes back in the workflow. */
  readonly back: boolean
}

export interface NcrModel {
  readonly ncr: Resource<Ncr>
  /** Every state with whether it is passed, current or still to come: for a stepper. */
  readonly stages: readonly { readonly status: NcrStatus; readonly at: "done" | "now" | "next" }[]
  readonly steps: readonly Step[]
  readonly values: MoveValues
  readonly errors: FieldErrors<MoveValues>
  readonly save: SaveState
  readonly draft: DraftInfo
  set(patch: Partial<MoveValues>): void
  /** Takes a step. Never rejects. */
  move(to: NcrStatus): Promise<void>
  reload(): void
}

/** One NCR with its workflow. */
export function useNcr(id: string): NcrModel {
  const { api } = useSiteproof()
  const path = `/api/ncrs/${encodeURIComponent(id)}`
  const { resource, reload } = useResource<Ncr>(path)
  const [typed, change, draft] = useDraft<Partial<MoveValues>>(`ncr:${id}`, {})
  const saving = useSaving<NcrMove>(`ncr:${id}`, {
    type: "ncr.move",
    url: `${path}/transitions`,
    entity: `ncr:${id}`,
    draft: `ncr:${id}`,
  })
  const [tried, setTried] = useScreenState<NcrStatus | "">(`visit:ncr:${id}.tried`, "")
  const ncr = resource.state === "ready" ? resource.value : undefined
  const values: MoveValues = {
    note: typed.note ?? "",
    rootCause: typed.rootCause ?? ncr?.rootCause ?? "",
    disposition: typed.disposition ?? ncr?.disposition ?? "",
    correctiveAction: typed.correctiveAction ?? ncr?.correctiveAction ?? "",
  }
  const steps = ncr ? stepsOf(ncr) : []
  const refused = saving.state.state === "refused" ? saving.state.problem.fields : {}
  const aim = steps.find(({ to }) => to === tried)

  const move = async (to: NcrStatus): Promise<void> => {
    const step = steps.find((one) => one.to === to)
    if (!step || saving.state.state === "sending") return
    const found = checkMove(values, step)
    const first = Object.values(found)[0]
    setTried(to)
    if (first !== undefined) return saving.refuse(first, found)
    const kept = await saving.save({ to, ...values })
    if (!kept) return
    const before = typed
    await draft.commit(kept.id).catch(() => undefined)
    const outcome = await kept.outcome
    if (outcome.state === "sent") {
      setTried("")
      api.put(path, outcome.body)
    } else if (outcome.state === "dead") {
      change(before)
    }
  }
  return {
    ncr: resource,
    stages: stagesOf(ncr?.status),
    steps,
    values,
    errors: aim ? { ...checkMove(values, aim), ...refused } : {},
    save: saving.state,
    draft: draftInfo(draft, () => {
      setTried("")
      saving.reset()
    }),
    set: (patch) => {
      change(patch)
      if (saving.state.state === "refused" || saving.state.state === "sent") saving.reset()
    },
    move: (to) => move(to).catch((error: unknown) => saving.refuse(String(error))),
    reload,
  }
}

function stagesOf(status: NcrStatus | undefined): NcrModel["stages"] {
  const now = status === undefined ? -1 : statuses.indexOf(status)
  return statuses.map((one, index) => ({
    status: one,
    at: index < now ? "done" : index === now ? "now" : "next",
  }))
}
