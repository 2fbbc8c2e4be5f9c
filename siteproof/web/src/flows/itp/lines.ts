import type { Mutation } from "@belay/data"
import type { ItemChange, ItpItem, NewSignature } from "../../api/wire.ts"
import type { ItpLine } from "./model.ts"

/** The items as this device knows them: the server's, with what waits to be sent, and what may be done with each. */
export function linesOf(
  items: readonly ItpItem[],
  pending: readonly Mutation[],
): readonly ItpLine[] {
  const shown = items.map((item) => pending.reduce(apply, { item, queued: false }))
  const lastSigned = shown.map(({ item }) => item.signature !== null).lastIndexOf(true)
  let unsigned: ItpItem | undefined
  let undone: ItpItem | undefined
  return shown.map(({ item, queued }, index) => {
    const blocked = whyBlocked(item, unsigned, undone, shown[lastSigned]?.item, index < lastSigned)
    const open = unsigned === undefined
    if (item.kind === "hold" && item.signature === null) unsigned ??= item
    if (item.result !== "pass" && item.result !== "na") undone ??= item
    return {
      ...item,
      queued,
      open,
      blocked,
      signable: item.kind === "hold" && item.signature === null && blocked === "",
    }
  })
}

function whyBlocked(
  item: ItpItem,
  unsigned: ItpItem | undefined,
  undone: ItpItem | undefined,
  signed: ItpItem | undefined,
  behindSignature: boolean,
): string {
  if (item.signature !== null) return "This hold point is signed."
  if (behindSignature) return `“${signed?.activity}” is signed; this can no longer be changed.`
  if (unsigned) return `The hold point “${unsigned.activity}” comes first.`
  if (item.kind === "hold" && undone) return `Complete “${undone.activity}” first.`
  return ""
}

interface Shown {
  readonly item: ItpItem
  readonly queued: boolean
}

function apply(shown: Shown, mutation: Mutation): Shown {
  const { payload, type } = mutation
  if ((payload as ItemChange).itemId !== shown.item.id) return shown
  const at = new Date(mutation.createdAt).toISOString()
  if (type === "itp.item") {
    const { result, note } = payload as ItemChange
    return { item: { ...shown.item, result, note, inspectedAt: at }, queued: true }
  }
  if (type !== "itp.sign") return shown
  const { name, kind, image } = payload as NewSignature
  const signature = { name, kind, image, at }
  return {
    item: { ...shown.item, result: "pass", inspectedBy: name, inspectedAt: at, signature },
    queued: true,
  }
}
