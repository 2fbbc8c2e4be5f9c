/** What a flag can answer. */
export type FlagValue = boolean | string | number | object

/**
 * Where a flag's value came from, best first. `BREAKER` beats all others: this browser has had to leave the new
 * design. `DISABLED` means that the server knows the flag, has it switched off and leaves the value to the code.
 */
export type FlagReason = "SERVER" | "CACHED" | "ENVIRONMENT" | "DEFAULT" | "DISABLED" | "BREAKER"

/** One flag as it stands in this page. */
export interface FlagState {
  readonly value: FlagValue
  /** `on` or `off` for boolean flags, otherwise the variant's key if the server named one. */
  readonly variant?: string
  readonly reason: FlagReason
  /** Revision of the flags at the server that this value came with. */
  readonly revision?: number
  /** Key of the master flag that this one depends on, if the server named it. */
  readonly parent?: string
}

/** Who sees the page. The id is the targeting key: the same id always falls into the same arm. */
export interface BelayUser {
  readonly id: string
  readonly traits?: Readonly<Record<string, string | number | boolean>>
}

/** Small facts that travel with an event. At most 50, together at most 4 kB; more is cut off. */
export type Properties = Readonly<Record<string, string | number | boolean>>

/** How the SDK stands with the server: `stale` has flags but lost touch, `offline` never reached it or has no network. */
export type FlagsStatus = "starting" | "live" | "stale" | "offline"

/** Settings of {@link Belay}. */
export interface BelayOptions {
  /** Where Belay answers, for instance `https://belay.example.com`. */
  readonly url: string
  readonly clientKey: string
  /** Absent: an anonymous visitor, whose id is kept in this browser. */
  readonly user?: BelayUser
  /** Build id of the page. Breaker trips end with it. */
  readonly release?: string
  /**
   * What kind of tenant the visitor belongs to, such as "enterprise" or "trial", at most 100 characters. Rollouts judge each
   * tier by itself too.
   */
  readonly tier?: string
  /** Values in the code, the last resort. */
  readonly defaults?: Readonly<Record<string, FlagValue>>
  /** Values of the build, for instance `import.meta.env`: `BELAY_FLAG_NCR_FORM` or `VITE_BELAY_FLAG_NCR_FORM`. */
  readonly environment?: Readonly<Record<string, unknown>>
  /** Also report what the page writes to `console.error`. */
  readonly console?: boolean
  /** Flag whose new side must prove that it starts: two starts without `ready()` trip its breaker. */
  readonly bootFlag?: string
  /** Hears about troubles of the SDK itself. The page never needs it. */
  onError?(trouble: { readonly error: unknown }): void
}

/** The flags of this page. */
export interface Flags {
  /** The value of a flag, or `fallback` when it is unknown or of another type. */
  get<T extends FlagValue>(key: string, fallback: T): Widened<T>
  /** How a flag stands; undefined when nobody knows a value. The object is the same until something changes. */
  detail(key: string): FlagState | undefined
  /** Calls back after every change; returns the way to stop. */
  subscribe(callback: () => void): () => void
  /** Revision of the flags last had from the server; 0 before. */
  revision(): number
  status(): FlagsStatus
  /** Settles with the first answer, or after 2 s with what is known without one. Never rejects. Renewed by `identify`. */
  readonly loaded: Promise<void>
  /** Asks the server now. Never rejects. */
  refresh(): Promise<void>
}

/** `true` as a fallback means any boolean, and so on. */
export type Widened<T extends FlagValue> = T extends boolean
  ? boolean
  : T extends string
    ? string
    : T extends number
      ? number
      : T

/** What is known about an error that is reported by hand. */
export interface ErrorContext {
  readonly component?: string
  readonly source?: "boundary" | "manual"
  /** The page went on without the visitor losing anything. */
  readonly handled?: boolean
}

/** Names of what browser data safety reports. */
export type DataEventName =
  | "backup_ok"
  | "backup_failed"
  | "restore_ok"
  | "restore_failed"
  | "draft_restored"
  | "queue_depth"
  | "queue_sent"
  | "queue_dead"
  | "breaker_trip"
  | "flip_deferred"

/** The SDK at work in one page. No method throws. */
export interface Belay {
  readonly flags: Flags
  readonly session: string
  readonly user: BelayUser
  /** Somebody else sees the page from now on (null: nobody known). Starts a new session and asks for flags again. */
  identify(user: BelayUser | null): void
  /** The page is usable. A page that never says so counts as silent. */
  ready(): void
  /**
   * A component that depends on a flag was shown, by default in the flag's variant. Recorded once for each component
   * and variant of a session.
   */
  exposure(flag: string, component: string, variant?: string): void
  captureError(error: unknown, about?: ErrorContext): void
  /** The breaker: this browser stays with the old side of the flag for this release, also while Belay is out of reach. */
  trip(flag: string, reason: string): void
  track(name: string, properties?: Properties): void
  /** A component took `ms` to render. */
  render(component: string, ms: number, variant?: string): void
  data(name: DataEventName, value?: number, properties?: Properties): void
  /** Sends what is waiting. Never rejects; what could not be sent stays queued. */
  flush(): Promise<void>
  stop(): void
}
