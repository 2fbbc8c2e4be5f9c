import type { Belay } from "@belay/browser"
import type { DataSafety, DraftStatus, Outcome, Preferences, Queue, QueueState } from "@belay/data"
import type { ReactNode } from "react"

/** Settings of {@link BelayProvider}. */
export interface BelayProviderProps {
  readonly client: Belay
  /** Backup before the first new exposure and restore when a flag goes back. */
  readonly data?: DataSafety
  /** Needed by `useOutbox` and `useMutation`. */
  readonly queue?: Queue
  /** Where `usePreference` keeps things; default: `createPreferences({ app, subject })`. */
  readonly preferences?: Preferences
  /** Name of the app, prefix of all storage. Default `belay`. */
  readonly app?: string
  /** Who is signed in: drafts and preferences are kept apart for each. Default: the client's user id. */
  readonly subject?: string | null
  readonly children?: ReactNode
}

/** Settings of {@link Guard}. */
export interface GuardProps {
  readonly flag: string
  /** Name in reports. Default: the flag's key. */
  readonly component?: string
  readonly old: ReactNode
  readonly new: ReactNode
}

/** What `useDraft` knows besides the value. */
export interface DraftControl {
  readonly status: DraftStatus
  /** When the restored draft had been written. */
  readonly restoredAt?: number
  discard(): Promise<void>
  /** It was saved. With a mutation id: forget it once that mutation has been sent. */
  commit(mutationId?: string): Promise<void>
  /** Settles once everything typed is on disk. */
  flush(): Promise<void>
}

/** Where a mutation goes. */
export interface MutationOptions<P> {
  readonly type: string
  readonly url: string | ((payload: P) => string)
  /** Default `POST`. */
  readonly method?: string
  /** Mutations of one entity are sent in order. */
  readonly entity?: string | ((payload: P) => string)
  /** Key of the draft to forget when it has been sent. */
  readonly draft?: string
}

export type MutationStatus = "idle" | "queued" | "sending" | "sent" | "dead"

/** Result of `useMutation`. */
export interface MutationControl<P> {
  /** Resolves once the mutation is safe on disk; `outcome` settles when the server has answered. */
  mutate(payload: P): Promise<{ readonly id: string; readonly outcome: Promise<Outcome> }>
  /** Of the last mutation made here. */
  readonly status: MutationStatus
  /** Mutations of this type that wait. */
  readonly pending: number
  /** Mutations of this type that the server refused. */
  readonly dead: number
  /** What the server said to the last one, if it is through. */
  readonly outcome?: Outcome
}

/** Result of `useOutbox`. */
export interface OutboxControl extends QueueState {
  readonly online: boolean
  flush(): Promise<void>
  resume(): void
  retry(id: string): Promise<void>
  drop(id: string): Promise<void>
  readonly queue: Queue
}
