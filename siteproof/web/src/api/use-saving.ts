import type { Outcome } from "@belay/data"
import { type MutationOptions, useMutation, useOutbox } from "@belay/react"
import { useCallback } from "react"
import { useScreenState, useSiteproof } from "../app/context.ts"
import { decodeProblem, problemOf } from "./problem.ts"
import type { SaveState } from "./state.ts"

/** A mutation as a screen shows it. */
export interface Saving<P> {
  readonly state: SaveState
  /** Keeps the payload on this device and sends it. Never rejects; undefined when it could not even be kept. */
  save(payload: P): Promise<Kept | undefined>
  refuse(detail: string, fields?: Readonly<Record<string, string>>): void
  reset(): void
}

/** A save that is safe on this device. */
export interface Kept {
  readonly id: string
  readonly outcome: Promise<Outcome>
}

/** Longer than an answer takes on a good connection: from then on the receipt says that it waits here. */
const patienceMs = 1_500
const idle: SaveState = { state: "idle" }

/**
 * Saves through the outbox and keeps the state under `visit:<name>`, where both designs find it. A refusal that the
 * person sees on the screen is taken out of the outbox: its content is still in the form.
 */
export function useSaving<P>(name: string, options: MutationOptions<P>): Saving<P> {
  const { screen } = useSiteproof()
  const { mutate } = useMutation<P>(options)
  const { drop } = useOutbox()
  const key = `visit:${name}`
  const [state, setState] = useScreenState<SaveState>(key, idle)
  const { get, set, watched } = screen

  const save = useCallback(
    async (payload: P): Promise<Kept | undefined> => {
      const sending: SaveState = { state: "sending" }
      set(key, sending)
      let kept: Kept
      try {
        kept = await mutate(payload)
      } catch (error) {
        set(key, { state: "refused", problem: problemOf(error) } satisfies SaveState)
        return undefined
      }
      let shown: SaveState = sending
      const move = (next: SaveState): void => {
        // Somebody may have saved again or left meanwhile; then this is no longer what the screen tells about.
        if (get<SaveState>(key, idle) !== shown) return
        shown = next
        set(key, next)
      }
      const timer = setTimeout(() => move({ state: "queued" }), navigator.onLine ? patienceMs : 0)
      const settle = async (): Promise<void> => {
        const through = await kept.outcome
        clearTimeout(timer)
        if (through.state === "sent") move({ state: "sent" })
        if (through.state !== "dead" || !watched(key)) return
        move({ state: "refused", problem: decodeProblem(through.status, through.body) })
        await drop(kept.id)
      }
      settle().catch(() => undefined)
      return kept
    },
    [mutate, drop, get, set, watched, key],
  )
  const refuse = useCallback(
    (detail: string, fields: Readonly<Record<string, string>> = {}) =>
      setState({
        state: "refused",
        problem: { status: 422, title: "Please check what was entered", detail, fields },
      }),
    [setState],
  )
  const reset = useCallback(() => setState(idle), [setState])
  return { state, save, refuse, reset }
}
