import { isRecord, readCache, writeCache } from "./durable.ts"

/** One visit: a tab and the chain of pages loaded in it. */
export interface Session {
  id(): string
  /** The next number of an event, rising and never given twice within the session. */
  next(): number
  /** Starts another session, for another person. */
  renew(): void
  /** Leaves the session for the page that follows in this tab. */
  leave(): void
  /** Takes it up again when this page comes back from the back/forward cache. */
  resume(): void
}

/**
 * The session lies in sessionStorage only between two pages of a tab. While a page lives it is not there, so a
 * duplicated tab or a window opened from this one, which get a copy of sessionStorage, start sessions of their own and
 * never give the same numbers.
 */
export function createSession(clientKey: string): Session {
  const key = `belay:session:${clientKey}`
  let id = ""
  let last = 0

  const take = (): boolean => {
    const left = readCache("session", key)
    writeCache("session", key, undefined)
    if (!isRecord(left) || typeof left.id !== "string" || !Number.isSafeInteger(left.last))
      return false
    if (!/^[A-Za-z0-9_-]{8,64}$/.test(left.id)) return false
    id = left.id
    last = left.last as number
    return true
  }
  const renew = (): void => {
    id = `ses_${randomText()}`
    last = 0
  }

  if (!take()) renew()
  return {
    id: () => id,
    next: () => {
      last += 1
      return last
    },
    renew,
    leave: () => void writeCache("session", key, { id, last }),
    resume: () => {
      if (!take()) renew()
    },
  }
}

/** 26 characters, 130 bits at random. */
export function randomText(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(26))
  return Array.from(bytes, (byte) => (byte & 31).toString(32)).join("")
}
