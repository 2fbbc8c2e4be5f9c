import type { DraftInfo, Resource, SaveState } from "../../api/state.ts"
import type {
  ItemKind,
  ItemResult,
  Itp,
  ItpItem,
  ItpStatus,
  ItpSummary,
  Project,
} from "../../api/wire.ts"

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
export declare function useItpList(projectId: string): ItpListModel

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
export declare function useItp(id: string): ItpModel

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
