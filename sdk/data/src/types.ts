/** A value to read now and to be told about: the shape that React's `useSyncExternalStore` takes. */
export interface ReadonlyStore<T> {
  getSnapshot(): T
  subscribe(callback: () => void): () => void
}

/** Makes what an earlier design can read from what a later one wrote; null when it cannot be said in the old form. */
export type Downgrade = (value: unknown) => unknown

/**
 * Something of the app's that must survive a change of design.
 * Without `next` both designs use the same place. With it the new design keeps its own copy there, and `down`
 * (default: as it is) turns that copy into the old form when the data come back.
 */
export type StoreSource =
  | {
      readonly kind: "local" | "session"
      readonly keys: readonly (string | RegExp)[]
      readonly next?: (key: string) => string
      readonly down?: Downgrade
    }
  | {
      readonly kind: "idb"
      readonly db: string
      /** Default: every store. */
      readonly stores?: readonly string[]
      /** Name of the new design's database. */
      readonly next?: string
      readonly down?: Downgrade
    }

/** What went on, for counting. Never holds contents. */
export interface DataEvent {
  readonly name:
    | "backup_ok"
    | "backup_failed"
    | "restore_ok"
    | "restore_failed"
    | "draft_restored"
    | "queue_depth"
    | "queue_sent"
    | "queue_dead"
    | "flip_deferred"
  readonly value?: number
  readonly properties?: Readonly<Record<string, string | number | boolean>>
}

/** Settings of {@link DataSafety}. */
export interface DataSafetyOptions {
  /** Name of the app: prefix of all storage. */
  readonly app: string
  /** Who is signed in; what is kept for one is never given to another. */
  subject?(): string | null
  readonly sources?: readonly StoreSource[]
  /** How many backups are kept; the oldest goes first. Default and least: 2. */
  readonly keepBackups?: number
  onEvent?(event: DataEvent): void
}

/** A backup that is complete: its manifest was committed to disk after its contents. */
export interface BackupInfo {
  readonly id: string
  readonly at: number
  readonly reason: string
  readonly items: number
  readonly bytes: number
}

export interface VerifyReport {
  readonly id: string
  readonly ok: boolean
  readonly chunks: number
  /** Indexes of the chunks whose checksum is wrong or which are missing. */
  readonly damaged: readonly number[]
}

export interface RestoreReport {
  readonly backup: string
  /** Items that were put back or changed. */
  readonly restored: number
  /** Items that stayed as the new design had left them. */
  readonly kept: number
  /** Values that lost against another; all are in `conflicts()`. */
  readonly conflicts: number
}

/** Two wishes for one place. `chosen` was stored, `other` is kept here until someone resolves it. */
export interface Conflict {
  readonly id: string
  readonly at: number
  readonly place: string
  readonly path: string
  readonly chosen: unknown
  readonly other: unknown
}

export type SafetyPhase = "idle" | "backing-up" | "safe" | "restoring" | "failed"

export interface SafetyState {
  readonly phase: SafetyPhase
  readonly lastBackup?: BackupInfo
  readonly lastRestore?: RestoreReport
  readonly error?: string
}

/** Why something could not be done with the browser's storage. */
export type DataErrorCode =
  | "quota"
  | "blocked"
  | "corrupt"
  | "unavailable"
  | "timeout"
  | "aborted"
  | "missing"

/** Backup before a new design is shown, restore when the old one comes back. */
export interface DataSafety {
  readonly state: ReadonlyStore<SafetyState>
  backup(about?: { readonly reason?: string }): Promise<BackupInfo>
  list(): Promise<readonly BackupInfo[]>
  /** Reads a backup (default: the newest) and compares every checksum. */
  verify(id?: string): Promise<VerifyReport>
  /**
   * `merge` (default): nothing that was typed since is dropped; what cannot stay goes to `conflicts()`.
   * `replace`: everything as in the backup; what stood there goes to a new backup first.
   */
  restore(about?: {
    readonly mode?: "merge" | "replace"
    readonly backup?: string
  }): Promise<RestoreReport>
  conflicts(): Promise<readonly Conflict[]>
  resolve(id: string, take: "chosen" | "other"): Promise<void>
  /**
   * To be awaited before a browser sees the new side of a flag for the first time: false when the data could not be
   * backed up, and then the old side must stay.
   */
  beforeNew(flag: string): Promise<boolean>
  /** To be called when the old side of a flag is shown: brings the data back if the new side was ever shown here. */
  afterBack(flag: string): Promise<RestoreReport | undefined>
  /** Whether `beforeNew` has already succeeded for the flag in this page. */
  prepared(flag: string): boolean
  /** Deletes everything that is kept for the present subject. */
  purge(): Promise<void>
}

/** `saved` is on disk; `conflict` means that another tab had changed the same field. */
export type DraftStatus =
  | "clean"
  | "loading"
  | "saving"
  | "saved"
  | "restored"
  | "conflict"
  | "memory"

export interface DraftState<T> {
  readonly value: T
  readonly status: DraftStatus
  /** When what was found had last been written; only after something was restored. */
  readonly restoredAt?: number
}

export interface DraftOptions<T> {
  readonly app?: string
  readonly subject?: string | null
  readonly key: string
  readonly initial: T
  /** Fields that are never stored. Names like `password`, `pin`, `otp` and card numbers never are. */
  readonly exclude?: readonly (keyof T & string)[]
  /** ms after the last keystroke until it is written. Default 250. */
  readonly debounceMs?: number
  /** ms after which an untouched draft is forgotten. Default 30 days. */
  readonly ttlMs?: number
  onEvent?(event: DataEvent): void
}

/** What someone is typing. Every user of the same key in a page shares one value. */
export interface Draft<T> {
  readonly store: ReadonlyStore<DraftState<T>>
  set(patch: Partial<T>): void
  /** Settles once everything is on disk. */
  flush(): Promise<void>
  /** Forgets what was typed. */
  discard(): Promise<void>
  /** It was handed over: forgotten here. With the id of a queued mutation: forgotten when that one has been sent. */
  commit(mutationId?: string): Promise<void>
}

/** Small settings of one visitor, in this page, other tabs and after a reload. */
export interface Preferences {
  get<T>(key: string, fallback: T): T
  set(key: string, value: unknown): void
  remove(key: string): void
  subscribe(callback: () => void): () => void
  flush(): Promise<void>
}

/** Something to be sent to the app's own server, exactly once, whenever it can be reached. */
export interface Mutation<P = unknown> {
  /** Also its `Idempotency-Key`. */
  readonly id: string
  readonly type: string
  readonly url: string
  readonly method: string
  /** Mutations of one entity are sent in order; a stuck one holds up only its own entity. */
  readonly entity?: string
  readonly payload: P
  readonly createdAt: number
  readonly seq: number
  readonly attempts: number
  /** Key of the draft to forget in the same transaction that takes this out of the queue. */
  readonly draft?: string
  /** Why it will not be tried again; only on dead ones. */
  readonly failure?: { readonly status: number; readonly detail: string; readonly at: number }
}

/** What became of a mutation. `dead`: the server refused it for good; it is kept until retried or dropped. */
export type Outcome =
  | { readonly state: "sent"; readonly status: number; readonly body: unknown }
  | {
      readonly state: "dead"
      readonly status: number
      readonly detail: string
      readonly body: unknown
    }
  | { readonly state: "dropped" }

export interface QueueState {
  readonly pending: number
  readonly dead: number
  /** Id of the mutation that is on its way. */
  readonly sending?: string
  readonly paused?: "offline" | "auth" | "manual"
  /** False: the browser offers no lasting storage, the queue lives in memory. */
  readonly durable: boolean
}

export interface QueueOptions {
  readonly app?: string
  readonly subject?: string | null
  readonly name?: string
  /** Default: `fetch` with JSON, same-origin credentials and `Idempotency-Key`. Must not throw for HTTP errors. */
  readonly send?: (about: {
    readonly mutation: Mutation
    readonly signal: AbortSignal
  }) => Promise<Response>
  /** Wait before the second attempt in ms; doubles to `maxMs`, drawn at random below that. Default 1,000 and 300,000. */
  readonly backoff?: { readonly baseMs: number; readonly maxMs: number }
  onEvent?(event: DataEvent): void
}

export interface NewMutation<P = unknown> {
  readonly type: string
  readonly url: string
  /** Default `POST`. */
  readonly method?: string
  readonly payload: P
  readonly entity?: string
  readonly draft?: string
  /** Default: a new UUID. */
  readonly id?: string
}

export interface Queued<P = unknown> {
  readonly mutation: Mutation<P>
  /** Settles when this page learns what became of it; never rejects. */
  readonly outcome: Promise<Outcome>
}

export interface Queue {
  readonly store: ReadonlyStore<QueueState>
  /** Resolves after the entry is on disk. */
  add<P>(mutation: NewMutation<P>): Promise<Queued<P>>
  flush(): Promise<void>
  pause(): void
  /** After signing in again, or to end a `pause()`. */
  resume(): void
  pending(): Promise<readonly Mutation[]>
  dead(): Promise<readonly Mutation[]>
  retry(id: string): Promise<void>
  drop(id: string): Promise<void>
  stop(): void
}
