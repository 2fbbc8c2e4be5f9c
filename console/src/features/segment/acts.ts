import { notifications } from "@mantine/notifications"
import { useQueryClient } from "@tanstack/react-query"
import { useNavigate } from "@tanstack/react-router"
import type { Rule, Segment, SegmentChange } from "../../lib/api-segments.ts"
import { asProblem, call, type Problem } from "../../lib/http.ts"
import { invalidate } from "../../lib/queries.ts"
import { segmentPath } from "../../lib/queries-segments.ts"
import type { Ask } from "../../ui/reason-dialog.tsx"

/** A segment as it was written. */
export interface Written {
  readonly key: string
  readonly description: string
  readonly rules: readonly Rule[]
}

interface Acts {
  readonly save: (written: Written, refuse: (problem: Problem) => void) => void
  readonly remove: () => void
}

/** What can be done with a segment; each asks for a reason first. `done` turns true when nothing is left to be lost. */
export function useActs(
  env: string,
  segment: Segment | undefined,
  done: { current: boolean },
  setAsk: (ask: Ask) => void,
): Acts {
  const client = useQueryClient()
  const go = useNavigate()
  const leave = async (message: string): Promise<void> => {
    done.current = true
    notifications.show({ message, color: "safe" })
    await go({ to: "/$env/segments", params: { env } })
    await invalidate(client, env, "flags")
  }
  return {
    save: (written, refuse) =>
      setAsk({
        title: segment ? `Change ${segment.key}?` : `Make the segment ${written.key}?`,
        says: sayUse(segment),
        confirm: segment ? "Change the segment" : "Make the segment",
        reasons: segment ? ["As agreed", "Wrong people were in"] : ["Needed for the next rollout"],
        act: async (reason) => {
          const { key, description, rules } = written
          const seen = segment ? { seen_at: segment.updated_at } : { create: true }
          const change: SegmentChange = { description, rules, reason, ...seen }
          try {
            await call<Segment>("PUT", segmentPath(env, key), change)
          } catch (error) {
            refuse(asProblem(error))
            throw error
          }
          await leave(`${key} is kept.`)
        },
      }),
    remove: () =>
      segment &&
      setAsk({
        title: `Delete ${segment.key}?`,
        says: "No flag uses it, so nobody gets anything else than now.",
        confirm: "Delete the segment",
        danger: true,
        reasons: ["Not needed any more"],
        act: async (reason) => {
          await call("DELETE", segmentPath(env, segment.key), { reason })
          await leave(`${segment.key} was deleted.`)
        },
      }),
  }
}

function sayUse(segment: Segment | undefined): string {
  const n = segment?.users.length ?? 0
  if (n === 0) return "No flag uses it yet, so nobody gets anything else than now."
  const who = n === 1 ? "One flag uses" : `${n} flags use`
  return `${who} it: people who move in or out get another state within seconds.`
}
