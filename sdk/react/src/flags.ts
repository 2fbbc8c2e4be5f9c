import type { Belay, FlagValue, Widened } from "@belay/browser"
import { useCallback, useEffect, useSyncExternalStore } from "react"
import { useBelayContext } from "./context.ts"

/** The client of the nearest provider. */
export function useBelay(): Belay {
  return useBelayContext().client
}

/**
 * The value of a flag, and a new render whenever it changes.
 *
 * @example
 * ```tsx
 * const fresh = useFlag("design-system-v2", false)
 * ```
 */
export function useFlag<T extends FlagValue>(key: string, fallback: T): Widened<T> {
  const { flags } = useBelayContext().client
  const read = useCallback(() => flags.get(key, fallback), [flags, key, fallback])
  return useSyncExternalStore(flags.subscribe, read, read)
}

/** Says that the page is usable, once the component that calls it is on the screen. */
export function useReady(): void {
  const { client } = useBelayContext()
  useEffect(() => client.ready(), [client])
}

/** Whether the browser believes to have a network. */
export function useOnline(): boolean {
  return useSyncExternalStore(subscribeOnline, readOnline, () => true)
}

function readOnline(): boolean {
  return navigator.onLine
}

function subscribeOnline(callback: () => void): () => void {
  window.addEventListener("online", callback)
  window.addEventListener("offline", callback)
  return () => {
    window.removeEventListener("online", callback)
    window.removeEventListener("offline", callback)
  }
}
