import type { Mutation, Outcome, Queue } from "@belay/data"
import { useCallback, useEffect, useMemo, useRef, useState, useSyncExternalStore } from "react"
import { useBelayContext } from "./context.ts"
import { useOnline } from "./flags.ts"
import type { MutationControl, MutationOptions, MutationStatus, OutboxControl } from "./types.ts"

function useQueue(): Queue {
  const { queue } = useBelayContext()
  if (!queue)
    throw new Error("This component needs a queue: <BelayProvider queue={createQueue()}>.")
  return queue
}

/** How the outbox stands, and what can be done about it. */
export function useOutbox(): OutboxControl {
  const queue = useQueue()
  const online = useOnline()
  const { subscribe, getSnapshot } = queue.store
  const state = useSyncExternalStore(subscribe, getSnapshot, getSnapshot)
  return useMemo(
    () => ({
      ...state,
      online,
      queue,
      flush: queue.flush,
      resume: queue.resume,
      retry: queue.retry,
      drop: queue.drop,
    }),
    [state, online, queue],
  )
}

interface Last {
  readonly id?: string
  readonly status: MutationStatus
  readonly outcome?: Outcome
}

/**
 * Saves through the outbox: on disk at once, at the server exactly once, whenever it can be reached.
 *
 * @example
 * ```tsx
 * const raise = useMutation<Ncr>({ type: "ncr.raise", url: "/api/ncrs", draft: "ncr:new" })
 * const { id } = await raise.mutate(form)
 * await draft.commit(id)
 * ```
 */
export function useMutation<P>(options: MutationOptions<P>): MutationControl<P> {
  const queue = useQueue()
  const latest = useRef(options)
  useEffect(() => {
    latest.current = options
  })
  const { subscribe, getSnapshot } = queue.store
  const state = useSyncExternalStore(subscribe, getSnapshot, getSnapshot)
  const [last, setLast] = useState<Last>({ status: "idle" })
  const { pending, dead } = useCounts(queue, options.type, state)

  const mutate = useCallback(
    async (payload: P) => {
      const { type, url, method, entity, draft } = latest.current
      const { mutation, outcome } = await queue.add<P>({
        type,
        url: typeof url === "function" ? url(payload) : url,
        payload,
        ...(method !== undefined && { method }),
        ...(entity !== undefined && {
          entity: typeof entity === "function" ? entity(payload) : entity,
        }),
        ...(draft !== undefined && { draft }),
      })
      const { id } = mutation
      setLast({ id, status: "queued" })
      outcome
        .then((through) => setLast((now) => (now.id === id ? toLast(id, through) : now)))
        .catch(() => undefined)
      return { id, outcome }
    },
    [queue],
  )
  const sending = last.status === "queued" && state.sending === last.id
  return {
    mutate,
    status: sending ? "sending" : last.status,
    pending,
    dead,
    ...(last.outcome && { outcome: last.outcome }),
  }
}

function toLast(id: string, outcome: Outcome): Last {
  return { id, status: outcome.state === "dropped" ? "idle" : outcome.state, outcome }
}

/** Mutations of one type, counted anew whenever the queue changes. */
function useCounts(
  queue: Queue,
  type: string,
  state: unknown,
): { readonly pending: number; readonly dead: number } {
  const [counts, setCounts] = useState({ pending: 0, dead: 0 })
  // biome-ignore lint/correctness/useExhaustiveDependencies: the state says only that it is time to count again
  useEffect(() => {
    let current = true
    const mine = (mutation: Mutation): boolean => mutation.type === type
    Promise.all([queue.pending(), queue.dead()])
      .then(([pending, dead]) => {
        if (!current) return
        const next = { pending: pending.filter(mine).length, dead: dead.filter(mine).length }
        setCounts((now) => (now.pending === next.pending && now.dead === next.dead ? now : next))
      })
      .catch(() => undefined)
    return () => {
      current = false
    }
  }, [queue, type, state])
  return counts
}
