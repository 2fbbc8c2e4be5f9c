import { createBeacon } from "./beacon.ts"
import { createBootGuard } from "./boot.ts"
import { createBreaker } from "./breaker.ts"
import { createDurable, readCache, writeCache } from "./durable.ts"
import { startErrors } from "./errors.ts"
import { createFlags } from "./flags.ts"
import { createGuard, type Guard, listen } from "./guard.ts"
import { createSession, randomText } from "./session.ts"
import type { Belay, BelayOptions, BelayUser } from "./types.ts"
import { startVitals } from "./vitals.ts"

const heartbeatEveryMs = 15_000
/** A new visitor's id is looked for on disk no longer than this before one is made. */
const recallWithinMs = 500

/**
 * Starts Belay in this page: flags, errors, web vitals and exposures.
 *
 * @example
 * ```ts
 * const belay = startBelay({ url: "https://belay.example.com", clientKey: "ck_web", release: "shop@2.4.1" })
 * await belay.flags.loaded
 * const fresh = belay.flags.get("design-system-v2", false)
 * ```
 */
export function startBelay(options: BelayOptions): Belay {
  const guard = createGuard((trouble) => options.onError?.(trouble))
  const url = readUrl(options.url, guard)
  const { clientKey } = options
  const release = (options.release ?? "").slice(0, 100)
  const durable = createDurable()
  const session = createSession(clientKey)
  const visitor = createVisitor(clientKey, options.user, durable, guard)
  let exposed = new Set<string>()
  let readyAt: number | undefined
  let stopped = false

  const beacon = createBeacon({
    url,
    clientKey,
    guard,
    next: session.next,
    head: () => ({
      session: session.id(),
      user: visitor.user().id,
      release,
      tier: options.tier,
      variants: flags.variants(),
    }),
  })
  const breaker = createBreaker({
    clientKey,
    release,
    durable,
    guard,
    onChange: () => flags.changed(),
  })
  const trip = (flag: string, reason: string): void => {
    // Before the breaker, so that the report still carries the variant that failed.
    if (breaker.tripped(flag)) return
    beacon.add({ kind: "data", name: "breaker_trip", value: 1, flag, properties: { flag, reason } })
    breaker.trip(flag, reason)
  }
  const { bootFlag } = options
  const boot =
    bootFlag === undefined
      ? undefined
      : createBootGuard({
          clientKey,
          release,
          flag: bootFlag,
          durable,
          guard,
          wanted: () => flags.get(bootFlag, false),
          trip: (reason) => trip(bootFlag, reason),
        })
  const flags = createFlags({
    url,
    clientKey,
    durable,
    guard,
    user: visitor.user,
    session: session.id,
    before: visitor.recalled,
    defaults: options.defaults ?? {},
    environment: options.environment ?? {},
    tripped: (flag) => breaker.tripped(flag),
    settle: async () => {
      await breaker.loaded
      await boot?.check()
    },
    onApplied: (revision) => beacon.add({ kind: "confirm", value: revision }),
  })
  const errors = startErrors({ beacon, guard, console: options.console === true })
  const stopVitals = startVitals(beacon, guard)

  const heartbeat = setInterval(
    guard(() => {
      if (document.visibilityState === "visible") beacon.add({ kind: "heartbeat" })
    }),
    heartbeatEveryMs,
  )
  const unlisten = [
    listen(window, "pagehide", guard(session.leave)),
    listen(
      window,
      "pageshow",
      guard((event) => {
        if (!(event as PageTransitionEvent).persisted) return
        const before = session.id()
        session.resume()
        if (session.id() !== before) startOver()
      }),
    ),
  ]

  /** Everything that is told once for a session is told again. */
  function startOver(): void {
    exposed = new Set()
    flags.restart()
    if (readyAt !== undefined) beacon.add({ kind: "ready", value: readyAt })
  }

  const variantOf = (flag: string): string => {
    const state = flags.detail(flag)
    return state?.variant ?? (state ? String(state.value).slice(0, 100) : "off")
  }

  return {
    get session() {
      return session.id()
    },
    get user() {
      return visitor.user()
    },
    flags: {
      get: flags.get,
      detail: flags.detail,
      subscribe: flags.subscribe,
      revision: flags.revision,
      status: flags.status,
      refresh: flags.refresh,
      get loaded() {
        return flags.loaded()
      },
    },
    identify: guard((user: BelayUser | null) => {
      const before = visitor.user()
      visitor.become(user)
      const after = visitor.user()
      if (before.id === after.id) {
        if (JSON.stringify(before.traits) !== JSON.stringify(after.traits)) void flags.refresh()
        return
      }
      session.renew()
      startOver()
    }),
    ready: guard(() => {
      boot?.ready()
      if (readyAt !== undefined) return
      readyAt = performance.now()
      beacon.add({ kind: "ready", value: readyAt })
    }),
    exposure: guard((flag: string, component: string, variant: string = variantOf(flag)) => {
      const name = JSON.stringify([flag, component, variant])
      if (exposed.has(name)) return
      exposed.add(name)
      beacon.add({ kind: "exposure", flag, variant, component })
    }),
    captureError: guard((error, about = {}) => errors.capture(error, about)),
    trip: guard(trip),
    track: guard((name, properties) => beacon.add({ kind: "event", name, properties })),
    render: guard((component, ms, variant) =>
      beacon.add({
        kind: "render",
        component,
        value: ms,
        variant,
      }),
    ),
    data: guard((name, value = 1, properties = undefined) =>
      beacon.add({ kind: "data", name, value, properties }),
    ),
    flush: beacon.flush,
    stop: guard(() => {
      if (stopped) return
      stopped = true
      clearInterval(heartbeat)
      for (const remove of unlisten) remove()
      stopVitals()
      errors.stop()
      boot?.stop()
      flags.stop()
      breaker.stop()
      beacon.stop()
      session.leave()
      durable.stop()
    }),
  }
}

/** The address with a slash at its end; a broken one must not break the page, it only makes Belay unreachable. */
function readUrl(given: string, guard: Guard): URL {
  try {
    const url = new URL(given, location.href)
    if (!url.pathname.endsWith("/")) url.pathname += "/"
    url.search = ""
    url.hash = ""
    return url
  } catch (error) {
    guard.report(error)
    return new URL("/", location.href)
  }
}

interface Visitor {
  user(): BelayUser
  become(user: BelayUser | null): void
  /** Settles when the id of an anonymous visitor is certain. Never rejects. */
  readonly recalled: Promise<void>
}

/** An anonymous visitor keeps one id in this browser, or the arm would change with every page. */
function createVisitor(
  clientKey: string,
  given: BelayUser | undefined,
  durable: ReturnType<typeof createDurable>,
  guard: Guard,
): Visitor {
  const key = `belay:visitor:${clientKey}`
  const cached = readCache("local", key)
  let anonymous = isId(cached) ? cached : `anon_${randomText()}`
  let user = isId(given?.id) ? given : undefined

  const store = durable
    .update(key, (stored) => {
      if (!isId(cached) && isId(stored)) anonymous = stored
      return anonymous
    })
    .then(() => void writeCache("local", key, anonymous))
    .catch((error: unknown) => {
      writeCache("local", key, anonymous)
      guard.report(error)
    })
  const certain = isId(cached) || user !== undefined
  const late = new Promise<void>((resolve) => setTimeout(resolve, recallWithinMs))
  return {
    user: () => user ?? { id: anonymous },
    become: (next) => {
      user = isId(next?.id) ? next : undefined
    },
    recalled: certain ? Promise.resolve() : Promise.race([store, late]),
  }
}

function isId(value: unknown): value is string {
  return typeof value === "string" && value.length > 0 && value.length <= 200
}
