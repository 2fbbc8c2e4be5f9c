import { type Durable, isRecord, readCache, writeCache } from "./durable.ts"
import { type Guard, listen } from "./guard.ts"
import { randomText } from "./session.ts"

/** Sees whether the new side of the page starts at all. */
export interface BootGuard {
  /** To be awaited before the new side is shown: counts this start on disk, or trips the breaker. Never rejects. */
  check(): Promise<void>
  ready(): void
  stop(): void
}

interface Deps {
  readonly clientKey: string
  readonly release: string
  readonly flag: string
  readonly durable: Durable
  readonly guard: Guard
  /** The new side is about to be shown. */
  wanted(): boolean
  trip(reason: string): void
}

interface Boots {
  readonly release: string
  /** Starts in a row of which nobody said that they went well. */
  readonly unconfirmed: number
  readonly confirmed: boolean
  /** The start that is or was under way. */
  readonly pending: string
}

/** A single start may die for many reasons; two in a row are the release's. */
const mostUnconfirmed = 2
/** Seconds that the page may be visible without `ready()`. */
const readyWithinSeconds = 15
/** Seconds after `ready()` without which a start does not count as gone well: some crash a moment later. */
const healthyAfterSeconds = 10

/**
 * A page that hangs or is killed can report nothing, so each start is counted before it happens, in IndexedDB, where
 * it outlives a killed browser. Someone who leaves or reloads a page without errors takes the count back.
 */
export function createBootGuard(deps: Deps): BootGuard {
  const { guard, release } = deps
  const key = `belay:boots:${deps.clientKey}:${deps.flag}`
  const leftKey = `${key}:left`
  const mine = randomText()
  let counted: Promise<void> | undefined
  let clock: ReturnType<typeof setInterval> | undefined
  let seconds = 0
  let usable = false
  let confirmed = false
  let broken = false

  const read = (stored: unknown): Boots => {
    const boots = isRecord(stored) && stored.release === release ? stored : {}
    const unconfirmed = Number(boots.unconfirmed) || 0
    const pending = String(boots.pending ?? "")
    const left = pending !== "" && readCache("local", leftKey) === pending
    return {
      release,
      unconfirmed: left ? Math.max(unconfirmed - 1, 0) : unconfirmed,
      confirmed: boots.confirmed === true,
      pending,
    }
  }
  /** IndexedDB, or localStorage where that is refused. */
  const update = (change: (before: Boots) => Boots): Promise<void> =>
    deps.durable
      .update(key, (stored) => change(read(stored)))
      .catch(() => void writeCache("local", key, change(read(readCache("local", key)))))

  const count = async (): Promise<void> => {
    let trip = false
    await update((before) => {
      if (before.confirmed) {
        confirmed = true
        return before
      }
      trip = before.unconfirmed >= mostUnconfirmed
      return trip ? before : { ...before, unconfirmed: before.unconfirmed + 1, pending: mine }
    })
    if (trip) deps.trip("it did not start twice in a row")
    else if (!confirmed) clock = setInterval(guard(tick), 1_000)
  }

  const tick = (): void => {
    if (document.visibilityState !== "visible") return
    seconds += 1
    if (!usable && seconds >= readyWithinSeconds) {
      clearInterval(clock)
      deps.trip(`it was not ready after ${readyWithinSeconds} s`)
    } else if (usable && seconds >= healthyAfterSeconds) {
      clearInterval(clock)
      confirmed = true
      update((before) => ({ ...before, unconfirmed: 0, confirmed: true })).catch(guard.report)
    }
  }

  const onBroken = guard(() => {
    broken = true
  })
  const unlisten = [
    listen(window, "error", onBroken, true),
    listen(window, "unhandledrejection", onBroken),
    listen(
      window,
      "pagehide",
      guard(() => {
        if (counted && !confirmed && !broken) writeCache("local", leftKey, mine)
      }),
    ),
    listen(
      window,
      "pageshow",
      guard((event) => {
        if ((event as PageTransitionEvent).persisted) writeCache("local", leftKey, undefined)
      }),
    ),
  ]

  return {
    check: () => {
      if (!counted && deps.wanted()) counted = count().catch(guard.report)
      return counted ?? Promise.resolve()
    },
    ready: () => {
      if (usable) return
      usable = true
      seconds = 0
    },
    stop: () => {
      clearInterval(clock)
      for (const remove of unlisten) remove()
    },
  }
}
