import type { DataErrorCode } from "./types.ts"

/** A trouble with the browser's storage. `retryable`: the same call may succeed later. */
export class BelayDataError extends Error {
  readonly code: DataErrorCode
  readonly retryable: boolean

  constructor(code: DataErrorCode, message: string, cause?: unknown) {
    super(message, { cause })
    this.name = "BelayDataError"
    this.code = code
    this.retryable = code === "blocked" || code === "timeout" || code === "aborted"
  }
}

/** Puts what a browser threw into our words. */
export function toDataError(error: unknown, doing: string): BelayDataError {
  if (error instanceof BelayDataError) return error
  const name = error instanceof Error ? error.name : ""
  const text = error instanceof Error ? error.message : String(error)
  const code: DataErrorCode =
    name === "QuotaExceededError"
      ? "quota"
      : name === "SecurityError" || name === "InvalidStateError" || name === "ReferenceError"
        ? "unavailable"
        : "aborted"
  return new BelayDataError(
    code,
    `${doing}: ${text || name || "the browser gave no reason"}`,
    error,
  )
}
