import type { Mutation } from "@belay/data"
import { useOutbox } from "@belay/react"
import { useEffect, useRef, useState } from "react"

interface Left {
  readonly mutation: Mutation
  readonly goneAt: number
}

interface Seen {
  readonly waiting: readonly Mutation[]
  readonly left: readonly Left[]
}

/** By then a new answer has come or the server is out of reach. */
const rememberForMs = 60_000

/**
 * The mutations that belong here and that the server's answer does not contain yet, oldest first: those that wait, and
 * those that were sent after `freshAt`, when the answer on the screen was asked for. So nothing jumps back in between.
 */
export function usePending(
  belongs: (mutation: Mutation) => boolean,
  freshAt: number,
): readonly Mutation[] {
  const outbox = useOutbox()
  const last = useRef<Seen>({ waiting: [], left: [] })
  const [seen, setSeen] = useState<Seen>(last.current)
  useEffect(() => {
    let current = true
    const look = async (): Promise<void> => {
      const { queue } = outbox
      const [waiting, dead] = await Promise.all([queue.pending(), queue.dead()])
      if (!current) return
      const goneAt = Date.now()
      const known = new Set([...waiting, ...dead].map(({ id }) => id))
      const gone = last.current.waiting.filter(({ id }) => !known.has(id))
      const kept = last.current.left.filter((one) => goneAt - one.goneAt < rememberForMs)
      last.current = {
        waiting,
        left: [...kept, ...gone.map((mutation) => ({ mutation, goneAt }))],
      }
      setSeen(last.current)
    }
    look().catch(() => undefined)
    return () => {
      current = false
    }
  }, [outbox])
  const sent = seen.left.filter(({ goneAt }) => goneAt > freshAt)
  return [...sent.map(({ mutation }) => mutation), ...seen.waiting].filter(belongs)
}
