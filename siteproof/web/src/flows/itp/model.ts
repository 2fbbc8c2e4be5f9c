import { useDraft } from "@belay/react"
import { draftInfo } from "../../api/draft-info.ts"
import type { DraftInfo, Resource, SaveState } from "../../api/state.ts"
import { usePending } from "../../api/use-pending.ts"
import { useProject } from "../../api/use-project.ts"
import { mapResource, useResource } from "../../api/use-resource.ts"
import { type Saving, useSaving } from "../../api/use-saving.ts"
import type {
  ItemChange,
  ItemKind,
  ItemResult,
  Itp,
  ItpItem,
  ItpStatus,
  ItpSummary,
  NewSignature,
  Project,
} from "../../api/wire.ts"
import { useScreenState, useSiteproof } from "../../app/context.ts"
import { useAccount } from "../auth/model.ts"
import { linesOf } from "./lines.ts"
export interface ItpFilter {
  /** Searches number, title, trade and location. */
  readonly text: string
  readonly status: ItpStatus | "all"
}

export interface ItpListModel {
  readonly project: Resource<Project>
  /** Those that pass the filter. */
  readonly itps: Resource<readonly ItpSummary[]>
  /** How many there are without the filter. */
  readonly total: number
  readonly filter: ItpFilter
  setFilter(patch: Partial<ItpFilter>): void
  reload(): void
}

/** The inspection and test plans of a project. */
export function useItpList(projectId: string): ItpListModel {
  const current = useProject()
  // `current` in the address stands for the project that is worked on.
  const id = projectId === "current" ? current.id : projectId
  const { resource, reload } = useResource<readonly ItpSummary[]>(
    id === "" ? undefined : `/api/itps?projectId=${encodeURIComponent(id)}`,
  )
  const [filter, setFilter] = useScreenState<ItpFilter>("itp-list.filter", everything)
  const named = current.projects.find((project) => project.id === id)
  return {
    project: named ? mapResource(current.project, () => named) : current.project,
    itps: mapResource(resource, (itps) => itps.filter(passes(filter))),
    total: resource.state === "ready" ? resource.value.length : 0,
    filter,
    setFilter: (patch) => setFilter((now) => ({ ...now, ...patch })),
    reload,
  }
}

const everything: ItpFilter = { text: "", status: "all" }

function passes({ text, status }: ItpFilter): (itp: ItpSummary) => boolean {
  const wanted = text.trim().toLowerCase()
  return (itp) => {
    const words = `${itp.number} ${itp.title} ${itp.trade} ${itp.location}`.toLowerCase()
    return (status === "all" || itp.status === status) && words.includes(wanted)
  }
}

/** An item as a screen shows it: with what this device has recorded and not sent yet. */
export interface ItpLine extends ItpItem {
  /** Recorded here, waiting to be sent. */
  readonly queued: boolean
  /** Inspections, hold and witness points are taken in order up to a hold point: false behind an unsigned one. */
  readonly open: boolean
  /** For a hold point: everything before it is complete, it may be signed. */
  readonly signable: boolean
  /** Why it cannot be recorded or signed now; empty when it can. */
  readonly blocked: string
}

/** What is being entered for one item. */
export interface SignatureValues {
  readonly name: string
  readonly kind: "drawn" | "typed"
  /** PNG as a data URL, from the canvas. */
  readonly image: string
}

export interface ItpModel {
  readonly itp: Resource<Itp>
  readonly lines: readonly ItpLine[]
  /** Notes being typed, by item id; kept as a draft until recorded. */
  readonly notes: Readonly<Record<string, string>>
  readonly draft: DraftInfo
  readonly save: SaveState
  setNote(itemId: string, note: string): void
  /** Records a result with the note typed for that item. Rejects never; see `save`. */
  record(itemId: string, result: ItemResult): Promise<void>

  /** The hold point whose signature dialog is open. */
  readonly signing: ItpLine | undefined
  readonly signature: SignatureValues
  readonly signatureErrors: Readonly<Partial<Record<keyof SignatureValues, string>>>
  openSigning(itemId: string): void
  closeSigning(): void
  setSignature(patch: Partial<SignatureValues>): void
  /** Signs the open hold point; closes the dialog when the signature is valid. */
  sign(): Promise<void>
  reload(): void
}

/** One inspection and test plan with its hold points. */
export function useItp(id: string): ItpModel {
  const { api } = useSiteproof()
  const entity = `itp:${id}`
  const path = `/api/itps/${encodeURIComponent(id)}`
  const { resource, reload } = useResource<Itp>(path)
  const [notes, changeNotes, draft] = useDraft<Readonly<Record<string, string>>>(entity, noNotes)
  const saving = useSaving<ItemChange>(entity, {
    type: "itp.item",
    url: ({ itemId }) => `${path}/items/${encodeURIComponent(itemId)}`,
    method: "PATCH",
    entity,
  })
  const pending = usePending(
    (mutation) => mutation.entity === entity,
    resource.state === "ready" ? resource.at : 0,
  )
  const lines = resource.state === "ready" ? linesOf(resource.value.items, pending) : []
  const find = (itemId: string): ItpLine | undefined => lines.find((line) => line.id === itemId)

  const record = async (itemId: string, result: ItemResult): Promise<void> => {
    const line = find(itemId)
    if (!line) return
    if (line.blocked !== "" || line.kind === "hold") return saving.refuse(line.blocked)
    const note = (notes[itemId] ?? line.note).trim()
    if (result === "fail" && note === "") {
      const words = `Say in the note what is wrong with “${line.activity}”, then choose Fail.`
      return saving.refuse(words, { [itemId]: "Say what is wrong." })
    }
    const kept = await saving.save({ itemId, result, note })
    const outcome = await kept?.outcome
    if (outcome?.state !== "sent") return
    const now = outcome.body as Itp
    api.put(path, now)
    // Once every note is at the server there is nothing left to restore.
    const saved = new Map(now.items.map((item) => [item.id, item.note]))
    const open = Object.entries({ ...notes, [itemId]: note })
    if (open.every(([item, text]) => text.trim() === saved.get(item))) await draft.commit()
  }
  return {
    itp: resource,
    lines,
    notes: Object.fromEntries(lines.map((line) => [line.id, notes[line.id] ?? line.note])),
    draft: draftInfo(draft, saving.reset),
    setNote: (itemId, note) => {
      changeNotes({ [itemId]: note })
      if (saving.state.state === "refused") saving.reset()
    },
    record: (itemId, result) =>
      record(itemId, result).catch((error: unknown) => saving.refuse(String(error))),
    ...useSigning(id, find, saving),
    reload,
  }
}

const noNotes: Readonly<Record<string, string>> = {}

type Signing = Pick<
  ItpModel,
  | "save"
  | "signing"
  | "signature"
  | "signatureErrors"
  | "openSigning"
  | "closeSigning"
  | "setSignature"
  | "sign"
>

/** The dialog that signs a hold point. A drawing is kept in this page only. */
function useSigning(
  id: string,
  find: (itemId: string) => ItpLine | undefined,
  recording: Saving<ItemChange>,
): Signing {
  const { api } = useSiteproof()
  const account = useAccount()
  const path = `/api/itps/${encodeURIComponent(id)}`
  const unsigned: SignatureValues = { name: account.name, kind: "drawn", image: "" }
  const [openId, setOpenId] = useScreenState("visit:itp.signing", "")
  const [signature, setSignature] = useScreenState<SignatureValues>("visit:itp.signature", unsigned)
  const [tried, setTried] = useScreenState("visit:itp.tried", false)
  const saving = useSaving<NewSignature>(`itp:${id}:signature`, {
    type: "itp.sign",
    url: ({ itemId }) => `${path}/items/${encodeURIComponent(itemId)}/signature`,
    entity: `itp:${id}`,
  })
  const line = openId === "" ? undefined : find(openId)

  const open = (itemId: string): void => {
    recording.reset()
    saving.reset()
    setSignature(unsigned)
    setTried(false)
    setOpenId(itemId)
  }
  const sign = async (): Promise<void> => {
    if (!line) return
    setTried(true)
    if (Object.keys(checkSignature(signature)).length > 0) return
    const { name, kind, image } = signature
    setOpenId("")
    const kept = await saving.save({
      itemId: line.id,
      name: name.trim(),
      kind,
      image: kind === "drawn" ? image : "",
    })
    const outcome = await kept?.outcome
    if (outcome?.state === "sent") api.put(path, outcome.body)
  }
  return {
    save: recording.state.state === "idle" ? saving.state : recording.state,
    signing: line?.signable ? line : undefined,
    signature,
    signatureErrors: tried ? checkSignature(signature) : {},
    openSigning: (itemId) => {
      if (find(itemId)?.signable) open(itemId)
    },
    closeSigning: () => setOpenId(""),
    setSignature: (patch) => setSignature((now) => ({ ...now, ...patch })),
    sign: () => sign().catch((error: unknown) => saving.refuse(String(error))),
  }
}

/** What is missing before a hold point can be signed. */
export function checkSignature(values: SignatureValues): ItpModel["signatureErrors"] {
  return {
    ...(values.name.trim() === "" && { name: "Enter the name of the one who signs." }),
    ...(values.kind === "drawn" &&
      values.image === "" && { image: "Sign in the box, or type the signature." }),
  }
}

export const resultLabels: Readonly<Record<ItemResult, string>> = {
  open: "Not inspected",
  pass: "Pass",
  fail: "Fail",
  na: "Not applicable",
}

export const kindLabels: Readonly<Record<ItemKind, string>> = {
  inspection: "Inspection",
  witness: "Witness point",
  hold: "Hold point",
}

export const itpStatusLabels: Readonly<Record<ItpStatus, string>> = {
  "not-started": "Not started",
  "in-progress": "In progress",
  held: "Held",
  complete: "Complete",
}
