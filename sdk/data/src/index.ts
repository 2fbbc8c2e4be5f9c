import type {
  DataErrorCode,
  DataSafety,
  DataSafetyOptions,
  Draft,
  DraftOptions,
  Preferences,
  Queue,
  QueueOptions,
} from "./types.ts"

export type * from "./types.ts"

export declare function createDataSafety(options: DataSafetyOptions): DataSafety
export declare function createDraft<T extends object>(options: DraftOptions<T>): Draft<T>
export declare function createPreferences(options?: {
  readonly app?: string
  readonly subject?: string | null
}): Preferences
export declare function createQueue(options?: QueueOptions): Queue
/** A trouble with the browser's storage. */
export declare class BelayDataError extends Error {
  readonly code: DataErrorCode
  readonly retryable: boolean
}
