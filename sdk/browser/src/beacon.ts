import { isRecord, readCache, writeCache } from "./durable.ts"
import { readRetryAfter } from "./fetch-flags.ts"
import { type Guard, listen } from "./guard.ts"

/** What an event says besides its number and time; the fields are those of the beacon protocol. */
export interface BeaconEvent {
  readonly kind:
    | "exposure"
    | "ready"
    | "error"
    | "vital"
    | "render"
    | "event"
    | "heartbeat"
    | "confirm"
    | "data"
  readonly name?: string | undefined
  readonly value?: number
  readonly flag?: string | undefined
  readonly variant?: string | undefined
  readonly component?: string | undefined
  readonly message?: string | undefined
  readonly stack?: string | undefined
  readonly source?: string | undefined
  readonly handled?: boolean
  readonly properties?: Readonly<Record<string, unknown>> | undefined
}

/** Who sends: the head that the events of one document share, in the words of the wire. */
export interface Head {
  readonly session: string
  readonly user: string
  readonly release: string
  readonly tier?: string | undefined
  readonly variants: Readonly<Record<string, string>>
}

/** Reports, gathered and sent until the server has taken them. */
export interface Beacon {
  add(event: BeaconEvent): void
  flush(): Promise<void>
  stop(): void
}

interface Deps {
  readonly url: URL
  readonly clientKey: string
  readonly guard: Guard
  head(): Head
  next(): number
}

interface Queued {
  readonly head: Head
  readonly event: Readonly<Record<string, unknown>>
  readonly at: number
}

/** What says that something is wrong, or that a rollback has arrived, does not wait for company. */
const urgentAfterMs = 100
const gatherForMs = 1_000
const urgentKinds: ReadonlySet<string> = new Set(["error", "exposure", "ready", "confirm"])
const mostQueued = 1_000
const mostInDocument = 100
/** `keepalive` requests share 64 KiB; a document stays below it, also with multi-byte text. */
const mostBytes = 48_000
const mostLeft = 200_000
/** After so many refusals in a row it is not the events that are wrong but the key or the head, and all of them go. */
const mostRefused = 5
const answerWithinMs = 10_000
const longestBackoffMs = 60_000
/** The server refuses events further apart from `sent_at` than 7 days. */
const oldestMs = 6.9 * 24 * 60 * 60 * 1000

export function createBeacon(deps: Deps): Beacon {
  const { guard } = deps
  const address = `${deps.url.href}beacon/v1?key=${encodeURIComponent(deps.clientKey)}`
  const leftKey = `belay:unsent:${deps.clientKey}`
  let queue: Queued[] = readLeft(leftKey)
  let sending: Promise<boolean> | undefined
  let timer: ReturnType<typeof setTimeout> | undefined
  let timerAt = Number.POSITIVE_INFINITY
  let failures = 0
  let notBefore = 0
  let dropped = 0
  let atOnce = mostInDocument
  let refused = 0

  function wake(ms: number): void {
    const at = Math.max(Date.now() + ms, notBefore)
    if (timer !== undefined && at >= timerAt) return
    clearTimeout(timer)
    timerAt = at
    timer = setTimeout(
      guard(() => {
        timer = undefined
        void drain()
      }),
      at - Date.now(),
    )
  }

  function push(event: BeaconEvent): void {
    const at = Date.now()
    const page = location.pathname.slice(0, 500)
    queue.push({ head: deps.head(), at, event: { seq: deps.next(), at, page, ...clip(event) } })
    if (queue.length <= mostQueued) return
    const index = queue.findIndex((queued) => queued.event.kind !== "error")
    queue.splice(Math.max(index, 0), 1)
    dropped += 1
  }

  /** The oldest events that belong in one document. */
  function nextDocument(): Queued[] {
    const first = queue[0]
    if (!first) return []
    let bytes = 0
    const taken: Queued[] = []
    for (const queued of queue) {
      if (taken.length >= atOnce || !sameHead(queued.head, first.head)) break
      bytes += byteLength(JSON.stringify(queued.event))
      if (bytes > mostBytes && taken.length > 0) break
      taken.push(queued)
    }
    return taken
  }

  /** Sends one document; false when it must be sent again later. */
  async function send(taken: readonly Queued[], leaving: boolean): Promise<boolean> {
    let status = 0
    let waitMs = 0
    try {
      const response = await post(address, encodeDocument(taken), leaving)
      status = response.status
      waitMs = readRetryAfter(response)
    } catch (error) {
      guard.report(error)
    }
    const again = status === 0 || status === 408 || status === 429 || status >= 500
    failures = again ? failures + 1 : 0
    const ceiling = Math.min(1_000 * 2 ** Math.min(failures, 6), longestBackoffMs)
    notBefore = again ? Date.now() + Math.max(waitMs, ceiling * (0.25 + Math.random() * 0.75)) : 0
    if (again) return false
    if (status < 300) accept(taken)
    else refuse(taken, status)
    return true
  }

  function remove(taken: readonly Queued[]): void {
    const gone = new Set(taken)
    queue = queue.filter((queued) => !gone.has(queued))
    atOnce = Math.min(atOnce * 2, mostInDocument)
  }

  function accept(taken: readonly Queued[]): void {
    remove(taken)
    refused = 0
    if (dropped === 0) return
    const count = dropped
    dropped = 0
    push({ kind: "event", name: "belay.reports_dropped", properties: { count } })
    wake(gatherForMs)
  }

  function refuse(taken: readonly Queued[], status: number): void {
    if (taken.length > 1 && refused < mostRefused) {
      // One bad event costs its whole document, so it is looked for by halves.
      atOnce = taken.length >> 1
      return
    }
    refused += 1
    const all = refused > mostRefused ? queue : taken
    dropped += all.length
    guard.report(new Error(`Belay refused ${all.length} reports with status ${status}`))
    remove(all)
  }

  /** Sends until nothing is left or the server cannot take it. Never rejects. */
  async function drain(leaving = false): Promise<void> {
    while (queue.length > 0) {
      if (!leaving && Date.now() < notBefore) break
      if (!sending) {
        const attempt = send(nextDocument(), leaving)
        sending = attempt
        attempt.catch(guard.report).finally(() => {
          sending = undefined
        })
      }
      const through = await sending.catch(() => false)
      if (!through) break
    }
    if (queue.length > 0) wake(gatherForMs)
  }

  const unlisten = [
    listen(
      window,
      "visibilitychange",
      guard(() => {
        if (document.visibilityState === "hidden") void drain(true)
      }),
    ),
    listen(
      window,
      "pagehide",
      guard(() => {
        void drain(true)
        leaveUnsent(leftKey, queue)
      }),
    ),
    listen(
      window,
      "pageshow",
      guard((event) => {
        if ((event as PageTransitionEvent).persisted) writeCache("session", leftKey, undefined)
      }),
    ),
    listen(
      window,
      "online",
      guard(() => {
        notBefore = 0
        void drain()
      }),
    ),
  ]
  if (queue.length > 0) wake(urgentAfterMs)

  return {
    add: (event) => {
      push(event)
      wake(urgentKinds.has(event.kind) ? urgentAfterMs : gatherForMs)
    },
    flush: () => drain(true).catch(guard.report),
    stop: () => {
      clearTimeout(timer)
      void drain(true)
      for (const remove of unlisten) remove()
    },
  }
}

/**
 * As plain text the request needs no preflight, and `keepalive` lets it outlive the page. A page's `keepalive` requests
 * share 64 KiB, also with those of others; one that finds no room goes without.
 */
async function post(address: string, body: string, leaving: boolean): Promise<Response> {
  if (leaving && !("keepalive" in Request.prototype) && navigator.sendBeacon?.(address, body)) {
    return new Response(null, { status: 202 })
  }
  const abort = new AbortController()
  const timer = setTimeout(() => abort.abort(), answerWithinMs)
  const attempt = (keepalive: boolean): Promise<Response> =>
    fetch(address, {
      method: "POST",
      headers: { "Content-Type": "text/plain" },
      body,
      keepalive,
      credentials: "omit",
      signal: abort.signal,
    })
  try {
    return await attempt(true).catch((error: unknown) => {
      if (abort.signal.aborted) throw error
      return attempt(false)
    })
  } finally {
    clearTimeout(timer)
  }
}

/** The wire form. Times are moved into what the server takes, so that a clock that was set does not cost a document. */
function encodeDocument(taken: readonly Queued[]): string {
  const sentAt = Date.now()
  return JSON.stringify({
    v: 1,
    ...taken[0]?.head,
    sent_at: sentAt,
    events: taken.map(({ event, at }) => ({
      ...event,
      at: Math.max(Math.min(at, sentAt), sentAt - oldestMs),
    })),
  })
}

/** Cuts texts to what the server takes: one long name must not cost the whole document. */
function clip(event: BeaconEvent): Readonly<Record<string, unknown>> {
  const limits: Readonly<Record<string, number>> = {
    name: 200,
    message: 2_000,
    stack: 16_000,
    component: 100,
    flag: 100,
    variant: 100,
  }
  const clipped: Record<string, unknown> = {}
  for (const [field, value] of Object.entries(event)) {
    const limit = limits[field]
    if (limit !== undefined && typeof value === "string") {
      clipped[field] = limit > 1_000 ? value.slice(0, limit) : cut(value, limit)
    } else if (field === "value" && !Number.isFinite(value)) clipped[field] = 0
    else if (field === "properties" && value) clipped[field] = clipProperties(value)
    else if (value !== undefined) clipped[field] = value
  }
  return clipped
}

function clipProperties(given: unknown): Record<string, unknown> {
  const clipped: Record<string, unknown> = {}
  let bytes = 2
  for (const [name, value] of Object.entries(isRecord(given) ? given : {}).slice(0, 50)) {
    const scalar =
      typeof value === "boolean" || (typeof value === "number" && Number.isFinite(value))
        ? value
        : cut(String(value), 500)
    bytes += byteLength(JSON.stringify([name, scalar])) + 1
    if (bytes > 4_000) break
    clipped[cut(name, 100)] = scalar
  }
  return clipped
}

/** Cuts a name, and takes out what the server would refuse it for: control characters and halves of characters. */
function cut(text: string, limit: number): string {
  return text.slice(0, limit).replace(/[\p{Cc}\p{Cs}]/gu, " ")
}

function byteLength(text: string): number {
  return new TextEncoder().encode(text).length
}

function sameHead(one: Head, other: Head): boolean {
  return JSON.stringify(one) === JSON.stringify(other)
}

/** What could not be sent goes to the next page of this tab; the server knows repeated numbers. */
function leaveUnsent(key: string, queue: readonly Queued[]): void {
  let size = 0
  const left = queue.filter((queued) => {
    size += JSON.stringify(queued.event).length
    return size <= mostLeft
  })
  writeCache("session", key, left.length > 0 ? left : undefined)
}

function readLeft(key: string): Queued[] {
  const left = readCache("session", key)
  writeCache("session", key, undefined)
  if (!Array.isArray(left)) return []
  return (left as readonly unknown[]).filter(
    (queued): queued is Queued =>
      isRecord(queued) && isRecord(queued.event) && isHead(queued.head) && Number(queued.at) > 0,
  )
}

function isHead(head: unknown): head is Head {
  return isRecord(head) && typeof head.session === "string" && typeof head.user === "string"
}
