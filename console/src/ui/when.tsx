import { type ReactNode, useSyncExternalStore } from "react"
import { ago, fullTime } from "../lib/time.ts"

/** How often relative times are written anew, in milliseconds. */
const every = 1_000

const listeners = new Set<() => void>()
let now = Date.now()
let timer: ReturnType<typeof setInterval> | undefined

function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  timer ??= setInterval(() => {
    now = Date.now()
    for (const tell of listeners) tell()
  }, every)
  return () => {
    listeners.delete(listener)
    if (listeners.size > 0) return
    clearInterval(timer)
    timer = undefined
  }
}

/** The present in milliseconds, the same for the whole screen, renewed every second. */
export const useNow = (): number => useSyncExternalStore(subscribe, () => now)

/** A moment as people say it, with the exact time on hover. */
export function When({ at }: { readonly at: string | Date }): ReactNode {
  const said = ago(at, useNow())
  return (
    <time dateTime={new Date(at).toISOString()} title={fullTime(at)}>
      {said}
    </time>
  )
}
