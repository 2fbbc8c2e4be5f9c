import type { DraftStatus } from "@belay/data"
import type { Problem } from "./problem.ts"

/**
 * Something that comes from the server, as a screen must show it.
 * `stale`: this is what the device knew last; the server could not be asked (since `at`, ms since 1970).
 */
export type Resource<T> =
  | { readonly state: "loading" }
  | { readonly state: "ready"; readonly value: T; readonly at: number; readonly stale: boolean }
  | { readonly state: "error"; readonly problem: Problem }

/** How a save stands. `queued`: safe on this device, sent as soon as the server can be reached. */
export type SaveState =
  | { readonly state: "idle" }
  | { readonly state: "sending" }
  | { readonly state: "queued" }
  | { readonly state: "sent" }
  | { readonly state: "refused"; readonly problem: Problem }

/** What a form says about the draft behind it. */
export interface DraftInfo {
  readonly status: DraftStatus
  /** When the restored text was last written (ms since 1970); only after something was restored. */
  readonly restoredAt?: number
  /** Empties the form. */
  discard(): void
}

/** Messages for fields, in words for the person; a field without a message is fine. */
export type FieldErrors<T> = Readonly<Partial<Record<keyof T & string, string>>>
