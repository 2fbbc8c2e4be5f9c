import { forgetDraft, handOverDraft, returnDraft } from "./draft-row.ts"
import { withLock } from "./lock.ts"
import { judge, sendJson, type Verdict } from "./outbox-send.ts"
import { createSignal, isPlain, onPage, openTabs, uniqueId } from "./page.ts"
import { openStorage, type Row } from "./storage.ts"
import type {
  DataEvent,
  Mutation,
  NewMutation,
  Outcome,
  Queue,
  QueueOptions,
  QueueState,
} from "./types.ts"

interface MutationRow extends Row, Mutation {
  readonly queue: string
}

interface CounterRow extends Row {
  readonly last: number
}

const answerWithinMs = 30_000
const defaultBackoff = { baseMs: 1_000, maxMs: 300_000 } as const

/**
 * What people saved, sent exactly once whenever the server can be reached: kept on disk before `add` resolves, sent
 * with an `Idempotency-Key`, and only then removed. One tab sends at a time; mutations of one entity stay in order.
 *
 * @example
 * ```ts
 * const queue = createQueue({ app: "siteproof", subject: "usr_42" })
 * const { outcome } = await queue.add({ type: "ncr.raise", url: "/api/ncrs", payload: { title: "Crack" } })
 * ```
 */
export function createQueue(options: QueueOptions = {}): Queue {
  const { app = "belay", name = "outbox", send = sendJson, backoff = defaultBackoff } = options
  const subject = options.subject ?? ""
  const queue = JSON.stringify([subject, name])
  const storage = openStorage(app)
  const signal = createSignal()
  /** Earliest next attempt of mutations that failed, by this page's clock. */
  const notBefore = new Map<string, number>()
  const waiting = new Map<string, (outcome: Outcome) => void>()
  let state: QueueState = { pending: 0, dead: 0, durable: true }
  let pausedBy: "auth" | "manual" | undefined
  let flushing: Promise<void> | undefined
  let flushAgain = false
  let timer: ReturnType<typeof setTimeout> | undefined
  let stopped = false

  const tell = (event: DataEvent): void => {
    try {
      options.onEvent?.(event)
    } catch {
      // Counting must not keep anything from being sent.
    }
  }
  const update = (next: QueueState): void => {
    if (JSON.stringify(next) === JSON.stringify(state)) return
    state = next
    signal.notify()
  }
  const paused = (): { paused?: "offline" | "auth" | "manual" } => {
    if (pausedBy) return { paused: pausedBy }
    return typeof navigator !== "undefined" && navigator.onLine === false
      ? { paused: "offline" }
      : {}
  }

  const rows = async (): Promise<readonly MutationRow[]> => {
    const all = await storage.all<MutationRow>("mutations")
    return all.filter((row) => row.queue === queue).sort((one, other) => one.seq - other.seq)
  }
  const count = async (sending?: string): Promise<void> => {
    const all = await rows()
    const dead = all.filter((row) => row.failure).length
    update({
      pending: all.length - dead,
      dead,
      durable: await storage.durable(),
      ...(sending !== undefined && { sending }),
      ...paused(),
    })
  }

  const settle = (id: string, outcome: Outcome): void => {
    notBefore.delete(id)
    waiting.get(id)?.(outcome)
    waiting.delete(id)
  }
  const tabs = openTabs(`queue:${app}:${queue}`, (message) => {
    if (!isPlain(message)) return
    if (typeof message.id === "string" && isPlain(message.outcome)) {
      settle(message.id, message.outcome as unknown as Outcome)
    }
    if (message.changed === true) flush().catch(() => undefined)
    count().catch(() => undefined)
  })
  const announce = (id: string, outcome: Outcome): void => {
    settle(id, outcome)
    tabs.post({ id, outcome })
  }

  /** The oldest mutation of each entity, when its time has come. */
  const heads = async (): Promise<{ ready: readonly MutationRow[]; nextAt: number }> => {
    const pending = (await rows()).filter((row) => !row.failure)
    const seen = new Set<string>()
    const ready: MutationRow[] = []
    let nextAt = Number.POSITIVE_INFINITY
    for (const row of pending) {
      const entity = row.entity ?? row.id
      if (seen.has(entity)) continue
      seen.add(entity)
      const at = notBefore.get(row.id) ?? 0
      if (at <= Date.now()) ready.push(row)
      nextAt = Math.min(nextAt, at)
    }
    return { ready, nextAt }
  }

  const attempt = async (row: MutationRow, left: AbortSignal): Promise<Verdict> => {
    const abort = new AbortController()
    const onLeft = (): void => abort.abort()
    left.addEventListener("abort", onLeft)
    const limit = setTimeout(onLeft, answerWithinMs)
    try {
      const response = await send({ mutation: toMutation(row), signal: abort.signal })
      return await judge(response, row.attempts + 1)
    } catch {
      return { next: "retry", waitMs: 0 }
    } finally {
      clearTimeout(limit)
      left.removeEventListener("abort", onLeft)
    }
  }

  /** Peek, send, delete: whatever happens in between, the entry is still there and its key makes a repeat harmless. */
  const sendOne = async (row: MutationRow, left: AbortSignal): Promise<void> => {
    await count(row.id)
    const verdict = await attempt(row, left)
    if (left.aborted && verdict.next === "retry") return
    await ({ sent, dead, retry, "sign-in": signIn }[verdict.next] as Handler)(row, verdict)
  }
  type Handler = (row: MutationRow, verdict: Verdict) => Promise<void>

  const sent = async (
    row: MutationRow,
    verdict: Extract<Verdict, { next: "sent" }>,
  ): Promise<void> => {
    await storage.change(["mutations", "drafts"], "strict", (change) => {
      change.delete("mutations", row.id)
      if (row.draft !== undefined) forgetDraft(change, subject, row.draft, row.id)
    })
    await count()
    announce(row.id, { state: "sent", status: verdict.status, body: verdict.body })
    tell({
      name: "queue_sent",
      value: 1,
      properties: { type: row.type, attempts: row.attempts + 1 },
    })
  }
  const dead = async (
    row: MutationRow,
    verdict: Extract<Verdict, { next: "dead" }>,
  ): Promise<void> => {
    const { status, detail, body } = verdict
    const failure = { status, detail, at: Date.now() }
    await storage.change(["mutations"], "strict", (change) => {
      change.put("mutations", { ...row, attempts: row.attempts + 1, failure } as MutationRow)
    })
    await count()
    announce(row.id, { state: "dead", status, detail, body })
    tell({ name: "queue_dead", value: 1, properties: { type: row.type, status } })
  }
  const retry = async (
    row: MutationRow,
    verdict: Extract<Verdict, { next: "retry" }>,
  ): Promise<void> => {
    const ceiling = Math.min(backoff.baseMs * 2 ** Math.min(row.attempts, 30), backoff.maxMs)
    notBefore.set(row.id, Date.now() + Math.max(verdict.waitMs, Math.random() * ceiling))
    await storage.change(["mutations"], "relaxed", (change) =>
      change.get("mutations", row.id, (found) => {
        if (found) change.put("mutations", { ...found, attempts: row.attempts + 1 } as MutationRow)
      }),
    )
  }
  const signIn = async (): Promise<void> => {
    pausedBy = "auth"
  }

  const flushUnderLock = async (left: AbortSignal): Promise<void> => {
    while (!left.aborted && !stopped && !paused().paused) {
      const { ready } = await heads()
      if (ready.length === 0) return
      for (const row of ready) {
        if (left.aborted || stopped || paused().paused) return
        await sendOne(row, left)
      }
    }
  }

  const flushOnce = async (): Promise<void> => {
    clearTimeout(timer)
    const { ready } = await heads()
    if (ready.length > 0 && !paused().paused) {
      await withLock(`belay:${app}:queue:${queue}`, flushUnderLock)
    }
    await count()
    const { nextAt } = await heads()
    if (Number.isFinite(nextAt) && !stopped && !paused().paused) {
      timer = setTimeout(
        () => void flush().catch(() => undefined),
        Math.max(nextAt - Date.now(), 0),
      )
    }
  }

  function flush(): Promise<void> {
    if (stopped) return Promise.resolve()
    if (flushing) {
      flushAgain = true
      return flushing
    }
    const mine = flushOnce()
      .catch(() => {
        // The database gave up for a moment; nothing was removed, so it is tried again.
        if (!stopped) timer = setTimeout(() => void flush().catch(() => undefined), backoff.baseMs)
      })
      .then(() => {
        flushing = undefined
        if (!flushAgain) return
        flushAgain = false
        return flush()
      })
    flushing = mine
    return mine
  }

  const wakeUp = (): void => {
    notBefore.clear()
    flush().catch(() => undefined)
  }
  const unlisten = [
    onPage("online", wakeUp),
    onPage("pageshow", wakeUp),
    onPage("offline", () => void count().catch(() => undefined)),
  ]

  const find = async (id: string): Promise<MutationRow | undefined> => {
    const row = await storage.get<MutationRow>("mutations", id)
    return row?.queue === queue ? row : undefined
  }

  flush().catch(() => undefined)
  return {
    store: { getSnapshot: () => state, subscribe: signal.subscribe },
    add: async <P>(given: NewMutation<P>) => {
      const row = await store(given)
      const outcome = new Promise<Outcome>((resolve) => {
        waiting.set(row.id, resolve)
      })
      await count()
      tabs.post({ changed: true })
      tell({ name: "queue_depth", value: state.pending })
      flush().catch(() => undefined)
      return { mutation: toMutation(row) as Mutation<P>, outcome }
    },
    flush,
    pause: () => {
      pausedBy = "manual"
      count().catch(() => undefined)
    },
    resume: () => {
      pausedBy = undefined
      wakeUp()
    },
    pending: async () => (await rows()).filter((row) => !row.failure).map(toMutation),
    dead: async () => (await rows()).filter((row) => row.failure).map(toMutation),
    retry: async (id) => {
      const row = await find(id)
      if (!row?.failure) return
      const { failure: _, ...again } = row
      await storage.change(["mutations"], "strict", (change) =>
        change.put("mutations", { ...again, attempts: 0 } as MutationRow),
      )
      tabs.post({ changed: true })
      await flush()
    },
    drop: async (id) => {
      const row = await find(id)
      if (!row) return
      await storage.change(["mutations", "drafts"], "strict", (change) => {
        change.delete("mutations", id)
        if (row.draft !== undefined) returnDraft(change, subject, row.draft, id)
      })
      announce(id, { state: "dropped" })
      await count()
    },
    stop: () => {
      stopped = true
      clearTimeout(timer)
      for (const remove of unlisten) remove()
      tabs.stop()
    },
  }

  /** Number and entry are given in one transaction, so that the order is the order on disk. */
  async function store<P>(given: NewMutation<P>): Promise<MutationRow> {
    const { type, url, method = "POST", payload, entity, draft, id = uniqueId() } = given
    const counter = `queue:${queue}`
    let row: MutationRow | undefined
    await storage.change(["state", "mutations", "drafts"], "strict", (change) =>
      change.get("state", counter, (found) => {
        const seq = ((found as CounterRow | undefined)?.last ?? 0) + 1
        const made: MutationRow = {
          ...{ id, queue, type, url, method, payload, seq, attempts: 0, createdAt: Date.now() },
          ...(entity !== undefined && { entity }),
          ...(draft !== undefined && { draft }),
        }
        row = made
        change.put("state", { id: counter, last: seq } as CounterRow)
        change.get("mutations", id, (before) => {
          if (before) {
            row = before as MutationRow
            return
          }
          change.put("mutations", made)
          if (draft !== undefined) handOverDraft(change, subject, draft, id)
        })
      }),
    )
    if (!row) throw new Error("The browser's database took the mutation but did not keep it.")
    return row
  }
}

function toMutation(row: MutationRow): Mutation {
  const { queue: _, ...mutation } = row
  return mutation
}
