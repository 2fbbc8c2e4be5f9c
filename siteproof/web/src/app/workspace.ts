import type { Belay } from "@belay/browser"
import { createDataSafety, createQueue, type DataSafety, type Queue } from "@belay/data"
import { type Api, createApi } from "../api/client.ts"
import type { Account } from "../api/wire.ts"
import { createScreenState, type ScreenState } from "./screen-state.ts"

/** Prefix of all that SiteProof keeps in the browser. */
export const appName = "siteproof"

/** What belongs to one person in this page; closed when somebody else signs in. */
export interface Workspace {
  readonly account: Account | null
  readonly api: Api
  readonly screen: ScreenState
  readonly data: DataSafety
  readonly queue: Queue
  close(): void
}

export function openWorkspace(deps: {
  readonly belay: Belay
  readonly account: Account | null
  onSignedOut(): void
}): Workspace {
  const { belay, account } = deps
  const subject = account?.id ?? null
  const api = createApi({ onSignedOut: account ? deps.onSignedOut : () => undefined })
  const queue = createQueue({
    app: appName,
    subject,
    onEvent: ({ name, value, properties }) => {
      belay.data(name, value, properties)
      // What was sent changes what the screens show, also when it was saved an hour ago.
      if (name === "queue_sent" || name === "queue_dead") api.refresh()
    },
  })
  const data = createDataSafety({
    app: appName,
    subject: () => subject,
    onEvent: ({ name, value, properties }) => belay.data(name, value, properties),
  })
  return {
    account,
    api,
    screen: createScreenState(),
    data,
    queue,
    close: () => {
      api.stop()
      queue.stop()
    },
  }
}
