import { type Durable, readCache, writeCache } from "./durable.ts"
import { type Answer, fetchFlags } from "./fetch-flags.ts"
import { type Guard, listen } from "./guard.ts"
import {
  decide,
  decodeKnown,
  encodeKnown,
  type Fallbacks,
  keepUnchanged,
  readAnswer,
} from "./known-flags.ts"
import { createStream } from "./stream.ts"
import type { BelayUser, FlagState, FlagsStatus, FlagValue, Widened } from "./types.ts"

/** The flags of the page and how they are kept up to date. */
export interface FlagKeeper {
  get<T extends FlagValue>(key: string, fallback: T): Widened<T>
  detail(key: string): FlagState | undefined
  subscribe(callback: () => void): () => void
  revision(): number
  status(): FlagsStatus
  loaded(): Promise<void>
  refresh(): Promise<void>
  /** Flag key → variant in force, for at most 200 flags. */
  variants(): Readonly<Record<string, string>>
  /** Something that decides flags besides the server has changed. */
  changed(): void
  /** The person or the session is another: everything is asked again. */
  restart(): void
  stop(): void
}

interface Deps extends Fallbacks {
  readonly url: URL
  readonly clientKey: string
  readonly durable: Durable
  readonly guard: Guard
  user(): BelayUser
  session(): string
  /** Must have happened before the first question (who is it?). */
  readonly before: Promise<void>
  /** Must have happened before `loaded` settles (breaker, boot guard). Gets no more than the same 2 s. */
  settle(): Promise<void>
  /** The page now shows the flags of this revision. */
  onApplied(revision: number): void
}

const loadedWithinMs = 2_000
/** With an open stream asking is only a safety net for lines that are dead without showing it. */
const pollWithStreamMs = 60_000
const pollWithoutStreamMs = 15_000
const longestBackoffMs = 60_000
/** Messages within this time become one question; spread so that all pages do not ask in the same instant. */
const gatherMs = 50
const mostVariants = 200

export function createFlags(deps: Deps): FlagKeeper {
  const { guard } = deps
  const cacheKey = `belay:flags:${deps.clientKey}`
  const callbacks = new Set<() => void>()
  let known = decodeKnown(readCache("local", cacheKey), deps.user().id)
  let details = new Map<string, FlagState | undefined>()
  let variants: Readonly<Record<string, string>> | undefined
  let etag: string | undefined
  let applied = 0
  let failures = 0
  let answered = false
  let generation = 0
  let asking: Promise<void> | undefined
  let askAgain = false
  let timer: ReturnType<typeof setTimeout> | undefined
  let stopped = false
  let status: FlagsStatus = "starting"
  let settled: () => void = () => undefined
  let loaded = renewLoaded()

  const stream = createStream({
    guard,
    onChange: (revision, content) => {
      if (revision <= applied) return
      // Where a change is the same for everybody its event carries the flags, for pages that hold what was before it.
      const flags =
        !asking && known?.live && content?.from === known.revision ? readAnswer(content) : undefined
      if (known && flags && revision > 0) {
        take({ kind: "flags", flags: new Map([...known.flags, ...flags]), revision }).catch(
          guard.report,
        )
        return
      }
      // Also in a tab that nobody sees: the server waits to hear that the change has arrived.
      schedule(gatherMs * (0.5 + Math.random()), true)
    },
    onState: () => {
      if (answered && !stream.open()) schedule(nextPollMs())
    },
  })

  function renewLoaded(): Promise<void> {
    return new Promise<void>((resolve) => {
      const limit = setTimeout(guard(finishLoading), loadedWithinMs)
      settled = () => {
        clearTimeout(limit)
        resolve()
      }
    })
  }

  /** Ends the wait for an answer. Until here another person's flags may have stood in, so that a page in which someone
   * signs in does not change its look twice. */
  function finishLoading(): void {
    if (known && known.user !== deps.user().id) {
      known = undefined
      notify()
    }
    if (status === "starting") lose()
    settled()
  }

  function notify(): void {
    details = new Map()
    variants = undefined
    for (const callback of callbacks) guard(callback)()
  }

  /** The server cannot be reached: what is known stands in for it. */
  function lose(): void {
    setStatus(known ? "stale" : "offline")
  }

  function setStatus(next: FlagsStatus): void {
    if (status === next) return
    status = next
    notify()
  }

  const detail = (key: string): FlagState | undefined => {
    if (!details.has(key)) details.set(key, decide(key, known, deps))
    return details.get(key)
  }

  /** One question at a time; a wish for another one while it is under way is granted after it. */
  function ask(): Promise<void> {
    if (stopped) return Promise.resolve()
    if (asking) {
      askAgain = true
      return asking
    }
    const mine = generation
    clearTimeout(timer)
    const question = deps.before
      .then(() =>
        fetchFlags({
          url: deps.url,
          clientKey: deps.clientKey,
          user: deps.user(),
          session: deps.session(),
          etag,
        }),
      )
      .then((answer) => (mine === generation && !stopped ? take(answer) : undefined))
      .catch(guard.report)
      .then(() => {
        if (asking !== question) return
        asking = undefined
        if (!askAgain) return
        askAgain = false
        return ask()
      })
    asking = question
    return question
  }

  async function take(answer: Answer): Promise<void> {
    if (answer.kind === "failed") suffer(answer)
    else enjoy(answer)
    await settleInTime()
    if (answer.kind === "failed") {
      finishLoading()
      lose()
      return
    }
    setStatus("live")
    settled()
    if (answer.revision > 0 && answer.revision !== applied) {
      applied = answer.revision
      deps.onApplied(applied)
    }
  }

  function suffer(answer: Extract<Answer, { kind: "failed" }>): void {
    failures += 1
    guard.report(answer.error)
    schedule(Math.max(answer.waitMs, backoffMs()))
  }

  function enjoy(answer: Exclude<Answer, { kind: "failed" }>): void {
    failures = 0
    answered = true
    if (answer.kind === "flags") remember(answer)
    else if (known)
      known = { ...known, at: Date.now(), revision: answer.revision || known.revision }
    schedule(nextPollMs())
  }

  function remember(answer: Extract<Answer, { kind: "flags" }>): void {
    const before = known
    const { flags, changed } = keepUnchanged(before?.flags, answer.flags)
    const { revision } = answer
    known = { user: deps.user().id, at: Date.now(), revision, flags, live: true }
    etag = answer.etag
    const encoded = encodeKnown(known)
    writeCache("local", cacheKey, encoded)
    deps.durable.update(cacheKey, () => encoded).catch(guard.report)
    if ("stream" in answer) stream.connect(answer.stream)
    if (changed || !before?.live) notify()
  }

  async function settleInTime(): Promise<void> {
    let limit: ReturnType<typeof setTimeout> | undefined
    const late = new Promise<void>((resolve) => {
      limit = setTimeout(resolve, loadedWithinMs)
    })
    await Promise.race([deps.settle(), late]).catch(guard.report)
    clearTimeout(limit)
  }

  function nextPollMs(): number {
    const every = stream.open() ? pollWithStreamMs : pollWithoutStreamMs
    return every * (0.8 + Math.random() * 0.4)
  }

  function backoffMs(): number {
    const ceiling = Math.min(1_000 * 2 ** Math.min(failures, 6), longestBackoffMs)
    return ceiling * (0.25 + Math.random() * 0.75)
  }

  function schedule(ms: number, hiddenToo = status === "starting"): void {
    clearTimeout(timer)
    if (stopped) return
    timer = setTimeout(
      guard(() => {
        // Nobody looks: the question is asked when the tab comes to the front.
        if (hiddenToo || document.visibilityState === "visible") void ask()
      }),
      ms,
    )
  }

  const refreshNow = guard(() => {
    if (document.visibilityState === "visible") void ask()
  })
  const unlisten = [
    listen(document, "visibilitychange", refreshNow),
    listen(window, "online", refreshNow),
    listen(window, "offline", guard(lose)),
  ]

  function allVariants(): Readonly<Record<string, string>> {
    const all: [string, string][] = []
    const keys = new Set([...(known?.flags.keys() ?? []), ...Object.keys(deps.defaults)])
    for (const key of keys) {
      const variant = detail(key)?.variant
      if (variant !== undefined && key.length <= 100) all.push([key, variant.slice(0, 100)])
    }
    return Object.fromEntries(all.slice(0, mostVariants))
  }

  /** What IndexedDB kept through a killed browser; used only while nothing newer is known. */
  function readDurable(): void {
    const mine = generation
    deps.before
      .then(() => deps.durable.read(cacheKey))
      .then((stored) => {
        const found = decodeKnown(stored, deps.user().id)
        if (!found || known?.user === found.user || mine !== generation) return
        known = found
        notify()
      })
      .catch(guard.report)
  }

  readDurable()
  void ask()
  return {
    get: <T extends FlagValue>(key: string, fallback: T) => {
      const value = detail(key)?.value
      return (typeof value === typeof fallback ? value : fallback) as Widened<T>
    },
    detail,
    subscribe: (callback) => {
      callbacks.add(callback)
      return () => {
        callbacks.delete(callback)
      }
    },
    revision: () => known?.revision ?? 0,
    status: () => status,
    loaded: () => loaded,
    refresh: ask,
    changed: notify,
    variants: () => {
      variants ??= allVariants()
      return variants
    },
    restart: () => {
      generation += 1
      asking = undefined
      askAgain = false
      etag = undefined
      applied = 0
      answered = false
      known = decodeKnown(readCache("local", cacheKey), deps.user().id) ?? known
      status = "starting"
      settled()
      loaded = renewLoaded()
      notify()
      readDurable()
      void ask()
    },
    stop: () => {
      stopped = true
      clearTimeout(timer)
      settled()
      stream.stop()
      for (const remove of unlisten) remove()
      callbacks.clear()
    },
  }
}
