import { inject, vi } from "vitest"
import { type Belay, type BelayOptions, startBelay } from "../src/index.ts"

/** One reported event with the head of its document. */
export interface Reported {
  readonly session: string
  readonly user: string
  readonly release: string
  readonly variants: Readonly<Record<string, string>>
  readonly kind: string
  readonly seq: number
  readonly [field: string]: unknown
}

interface Seen {
  readonly questions: readonly {
    readonly headers: Record<string, string>
    readonly body: { readonly context: Record<string, unknown> }
    readonly status: number
  }[]
  readonly documents: readonly (Omit<Reported, "kind" | "seq"> & {
    readonly v: number
    readonly sent_at: number
    readonly events: readonly Reported[]
  })[]
  readonly streams: number
  readonly streamUrls: readonly string[]
}

/** A page under test and the server behind it. */
export interface TestPage {
  readonly key: string
  readonly url: string
  start(options?: Partial<BelayOptions>): Belay
  /** Changes what the server does; `notify` tells the open streams, `cut` breaks them. */
  script(change: Record<string, unknown>, then?: "notify" | "cut"): Promise<void>
  seen(): Promise<Seen>
  /** All reported events, in the order in which they arrived. */
  reported(): Promise<readonly Reported[]>
  /** Waits until an event was reported for which `match` holds. */
  waitFor(match: (event: Reported) => boolean, timeoutMs?: number): Promise<Reported>
  stop(): void
}

let count = 0

export function openPage(): TestPage {
  const url = inject("serverUrl")
  count += 1
  const key = `ck_${count}_${crypto.randomUUID()}`
  const started: Belay[] = []
  const control = (query: string, init?: RequestInit): Promise<Response> =>
    fetch(`${url}/control?key=${key}${query}`, init)
  const seen = async (): Promise<Seen> => (await control("")).json() as Promise<Seen>
  const reported = async (): Promise<readonly Reported[]> =>
    (await seen()).documents.flatMap(({ events, ...head }) =>
      events.map((event) => ({ ...head, ...event }) as Reported),
    )
  return {
    key,
    url,
    start: (options = {}) => {
      const belay = startBelay({
        url,
        clientKey: key,
        user: { id: "usr_1" },
        release: "r1",
        ...options,
      })
      started.push(belay)
      return belay
    },
    script: async (change, then) => {
      await control(then ? `&${then}` : "", { method: "PATCH", body: JSON.stringify(change) })
    },
    seen,
    reported,
    waitFor: (match, timeoutMs = 4_000) =>
      vi.waitFor(
        async () => {
          const all = await reported()
          const found = all.find(match)
          if (!found) throw new Error(`not reported; there are: ${all.map((event) => event.kind)}`)
          return found
        },
        { timeout: timeoutMs, interval: 50 },
      ),
    stop: () => {
      for (const belay of started) belay.stop()
    },
  }
}

/** Waits until something holds. */
export function until(holds: () => boolean | Promise<boolean>, timeoutMs = 4_000): Promise<void> {
  return vi.waitFor(
    async () => {
      if (!(await holds())) throw new Error("it does not hold")
    },
    { timeout: timeoutMs, interval: 20 },
  )
}
