import { isRecord } from "./durable.ts"
import type { Guard } from "./guard.ts"

/** The server's line for saying that flags changed. */
export interface Stream {
  /** Points the line at what the last answer advertised; undefined: none. */
  connect(address: StreamAddress | undefined): void
  open(): boolean
  stop(): void
}

export interface StreamAddress {
  readonly url: string
  /** A hidden tab lets go of the line after this time. */
  readonly idleMs: number
}

interface Deps {
  readonly guard: Guard
  /**
   * Flags may have changed; `revision` is the one that the server speaks of, NaN when it did not say. `content` may say
   * what changed.
   */
  onChange(revision: number, content?: Record<string, unknown>): void
  onState(): void
}

const firstWaitMs = 1_000
const longestWaitMs = 60_000
/** A browser has six connections to a host over HTTP/1.1: tabs that nobody sees must not hold them for long. */
const longestIdleMs = 30_000

/**
 * An EventSource repairs broken lines by itself and tells the server what it saw last (`Last-Event-ID`). After an
 * answer that is not 200 it gives up; then it is made anew here, with growing random waits and a question for flags,
 * since a new one cannot say what it saw.
 */
export function createStream(deps: Deps): Stream {
  let source: EventSource | undefined
  let address: StreamAddress | undefined
  let waitMs = firstWaitMs
  let retry: ReturnType<typeof setTimeout> | undefined
  let idle: ReturnType<typeof setTimeout> | undefined

  const close = (): void => {
    clearTimeout(retry)
    source?.close()
    source = undefined
  }
  const open = (): void => {
    close()
    if (!address || typeof EventSource === "undefined") return
    const made = new EventSource(address.url)
    source = made
    made.onopen = deps.guard(() => {
      waitMs = firstWaitMs
      deps.onState()
    })
    made.onmessage = deps.guard(({ data, lastEventId }: MessageEvent) => {
      const content: unknown = JSON.parse(data)
      if (!isRecord(content)) return
      const revision = Number.parseInt(lastEventId, 10)
      if (content.type === "hello" || content.type === "refetchEvaluation")
        deps.onChange(revision, content)
    })
    made.onerror = deps.guard(() => {
      deps.onState()
      if (made.readyState !== EventSource.CLOSED || source !== made) return
      close()
      retry = setTimeout(
        deps.guard(() => {
          open()
          deps.onChange(Number.NaN)
        }),
        (waitMs * (1 + Math.random())) / 2,
      )
      waitMs = Math.min(waitMs * 2, longestWaitMs)
    })
  }
  const onVisibility = deps.guard(() => {
    clearTimeout(idle)
    if (document.visibilityState === "visible") {
      if (!source && address) open()
      return
    }
    if (address) idle = setTimeout(deps.guard(close), address.idleMs)
  })
  document.addEventListener("visibilitychange", onVisibility)

  return {
    connect: (next) => {
      if (next?.url === address?.url) return
      address = next
      waitMs = firstWaitMs
      open()
    },
    open: () => source?.readyState === 1,
    stop: () => {
      document.removeEventListener("visibilitychange", onVisibility)
      clearTimeout(idle)
      address = undefined
      close()
    },
  }
}

/** The event stream that an OFREP answer advertises, with the session added where Belay itself serves it. */
export function readStreamAddress(
  body: unknown,
  base: URL,
  session: string,
): StreamAddress | undefined {
  const streams: readonly unknown[] =
    isRecord(body) && Array.isArray(body.eventStreams) ? body.eventStreams : []
  for (const stream of streams) {
    if (!isRecord(stream) || stream.type !== "sse") continue
    const url = readAddress(stream, base)
    if (!url) continue
    if (url.origin === base.origin) url.searchParams.set("session", session)
    const idleMs = Number(stream.inactivityDelaySec) * 1000 || longestIdleMs
    return { url: url.href, idleMs: Math.min(idleMs, longestIdleMs) }
  }
  return undefined
}

function readAddress(stream: Record<string, unknown>, base: URL): URL | undefined {
  const endpoint = isRecord(stream.endpoint) ? stream.endpoint : {}
  const given = stream.url ?? endpoint.requestUri
  const origin = typeof endpoint.origin === "string" ? endpoint.origin : base.origin
  if (typeof given !== "string") return undefined
  try {
    const url = new URL(given, origin)
    return /^https?:$/.test(url.protocol) ? url : undefined
  } catch {
    return undefined
  }
}
