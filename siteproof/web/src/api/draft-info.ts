import type { DraftControl } from "@belay/react"
import type { DraftInfo } from "./state.ts"

/** What a form says about the draft behind it. */
export function draftInfo(draft: DraftControl, after?: () => void): DraftInfo {
  return {
    status: draft.status,
    ...(draft.restoredAt !== undefined && { restoredAt: draft.restoredAt }),
    discard: () => {
      draft.discard().catch(() => undefined)
      after?.()
    },
  }
}
