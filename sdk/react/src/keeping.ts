import { createDraft } from "@belay/data"
import { useCallback, useMemo, useRef, useSyncExternalStore } from "react"
import { useBelayContext } from "./context.ts"
import type { DraftControl } from "./types.ts"

/**
 * What someone is typing, kept through reloads, crashes and a change of design: the old and the new component share it
 * by using the same key.
 *
 * @example
 * ```tsx
 * const [form, change, draft] = useDraft("ncr:new", { title: "", severity: "minor" })
 * <input value={form.title} onChange={(event) => change({ title: event.target.value })} />
 * ```
 */
export function useDraft<T extends object>(
  key: string,
  initial: T,
): [T, (patch: Partial<T>) => void, DraftControl] {
  const { app, subject, client } = useBelayContext()
  const first = useRef(initial)
  const draft = useMemo(
    () =>
      createDraft<T>({
        app,
        subject,
        key,
        initial: first.current,
        onEvent: ({ name, value, properties }) => client.data(name, value, properties),
      }),
    [app, subject, key, client],
  )
  const state = useSyncExternalStore(
    draft.store.subscribe,
    draft.store.getSnapshot,
    draft.store.getSnapshot,
  )
  const control = useMemo(
    () => ({
      status: state.status,
      ...(state.restoredAt !== undefined && { restoredAt: state.restoredAt }),
      discard: draft.discard,
      commit: draft.commit,
      flush: draft.flush,
    }),
    [draft, state.status, state.restoredAt],
  )
  return [state.value, draft.set, control]
}

/** A setting of this visitor, shared by all components, tabs and later visits. */
export function usePreference<T>(key: string, fallback: T): [T, (value: T) => void] {
  const { preferences } = useBelayContext()
  const first = useRef(fallback)
  const read = useCallback(() => preferences.get(key, first.current), [preferences, key])
  const value = useSyncExternalStore(preferences.subscribe, read, read)
  const set = useCallback((next: T) => preferences.set(key, next), [preferences, key])
  return [value, set]
}
