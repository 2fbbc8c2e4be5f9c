import { type Durable, isRecord, readCache, writeCache } from "./durable.ts"
import type { Guard } from "./guard.ts"
import { listen } from "./guard.ts"

/** Which flags this browser has given up on, for this release. */
export interface Breaker {
  tripped(flag: string): boolean
  /** False when it was tripped before. */
  trip(flag: string, reason: string): boolean
  /** Settles when the trips on disk are known. Never rejects. */
  readonly loaded: Promise<void>
  stop(): void
}

interface Deps {
  readonly clientKey: string
  readonly release: string
  readonly durable: Durable
  readonly guard: Guard
  onChange(): void
}

/** Trips of this many releases are kept, for visitors who come back to an older build (a rollback of the deploy). */
const releasesKept = 4

/** Trips end with the release: another build id starts with a clean slate. */
export function createBreaker(deps: Deps): Breaker {
  const key = `belay:trips:${deps.clientKey}`
  const mine = new Map<string, unknown>()

  const take = (stored: unknown): boolean => {
    const before = mine.size
    const trips = asRecord(asRecord(stored)[deps.release])
    for (const flag of Object.keys(trips)) if (!mine.has(flag)) mine.set(flag, trips[flag])
    return mine.size > before
  }
  const merged = (stored: unknown): unknown => {
    const { [deps.release]: own, ...others } = asRecord(stored)
    const kept = Object.entries(others).slice(1 - releasesKept)
    return {
      ...Object.fromEntries(kept),
      [deps.release]: { ...asRecord(own), ...Object.fromEntries(mine) },
    }
  }
  const cache = (): void => {
    writeCache("local", key, merged(readCache("local", key)))
  }

  take(readCache("local", key))
  const unlisten = listen(
    window,
    "storage",
    deps.guard((event) => {
      if ((event as StorageEvent).key === key && take(readCache("local", key))) deps.onChange()
    }),
  )
  const loaded = deps.durable
    .read(key)
    .then((stored) => {
      if (!take(stored)) return
      cache()
      deps.onChange()
    })
    .catch(deps.guard.report)

  return {
    loaded,
    tripped: (flag) => mine.has(flag),
    trip: (flag, reason) => {
      if (mine.has(flag)) return false
      mine.set(flag, { reason: reason.slice(0, 200), at: Date.now() })
      cache()
      deps.durable.update(key, merged).catch(deps.guard.report)
      deps.onChange()
      return true
    },
    stop: unlisten,
  }
}

function asRecord(stored: unknown): Record<string, unknown> {
  return isRecord(stored) ? stored : {}
}
