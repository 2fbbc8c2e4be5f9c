/**
 * What a screen remembers in this page and nowhere else: filters, the chosen day, an open dialog. It lives outside the
 * components, so that a change of design in the middle of something changes nothing but the looks.
 */
export interface ScreenState {
  get<T>(key: string, initial: T): T
  set(key: string, value: unknown): void
  subscribe(key: string, callback: () => void): () => void
  /** Whether something on the screen shows this. */
  watched(key: string): boolean
  /** Forgets what belongs to the screen that is left: keys that begin with `visit:`. */
  leave(): void
}

export function createScreenState(): ScreenState {
  const values = new Map<string, unknown>()
  const watchers = new Map<string, Set<() => void>>()
  const tell = (key: string): void => {
    for (const watcher of watchers.get(key) ?? []) watcher()
  }
  return {
    get: <T>(key: string, initial: T) => (values.has(key) ? (values.get(key) as T) : initial),
    set: (key, value) => {
      values.set(key, value)
      tell(key)
    },
    subscribe: (key, callback) => {
      const mine = watchers.get(key) ?? new Set()
      watchers.set(key, mine.add(callback))
      return () => {
        mine.delete(callback)
        if (mine.size === 0 && watchers.get(key) === mine) watchers.delete(key)
      }
    },
    watched: (key) => watchers.has(key),
    leave: () => {
      for (const key of [...values.keys()]) {
        if (!key.startsWith("visit:")) continue
        values.delete(key)
        tell(key)
      }
    },
  }
}
