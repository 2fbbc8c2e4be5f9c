import { createSignal, isPlain, onLeave, openTabs } from "./page.ts"
import { openStorage, type Row } from "./storage.ts"
import type { Preferences } from "./types.ts"

interface Entry {
  readonly value: unknown
  /** ms since 1970; the later one counts when disk, cache and tabs disagree. */
  readonly at: number
  readonly gone?: true
}

interface PreferenceRow extends Row, Entry {
  readonly subject: string
  readonly key: string
}

const shared = new Map<string, Preferences>()

/**
 * Settings that are there at once after a reload (localStorage) and outlive a killed browser (IndexedDB). The same app
 * and subject give the same object.
 *
 * @example
 * ```ts
 * const preferences = createPreferences({ app: "siteproof", subject: "usr_42" })
 * preferences.set("units", "metric")
 * ```
 */
export function createPreferences(
  options: { readonly app?: string; readonly subject?: string | null } = {},
): Preferences {
  const app = options.app ?? "belay"
  const subject = options.subject ?? ""
  const name = JSON.stringify([app, subject])
  const existing = shared.get(name)
  if (existing) return existing
  const made = build(app, subject)
  shared.set(name, made)
  return made
}

function build(app: string, subject: string): Preferences {
  const storage = openStorage(app)
  const cacheKey = `belay:preferences:${app}:${subject}`
  const signal = createSignal()
  const entries = readCache(cacheKey)
  let writing: Promise<void> = Promise.resolve()

  const take = (key: string, entry: Entry): boolean => {
    const present = entries.get(key)
    if (present && present.at >= entry.at) return false
    entries.set(key, entry)
    return true
  }
  const cache = (): void => {
    try {
      localStorage.setItem(cacheKey, JSON.stringify(Object.fromEntries(entries)))
    } catch {
      // Full or refused: IndexedDB has it.
    }
  }
  const tabs = openTabs(`preferences:${app}:${subject}`, (message) => {
    if (isPlain(message) && message.reload === true) load().catch(() => undefined)
    if (!isPlain(message) || typeof message.key !== "string" || !isEntry(message.entry)) return
    if (take(message.key, message.entry)) signal.notify()
  })
  const write = (key: string, entry: Entry): void => {
    const row: PreferenceRow = { id: JSON.stringify([subject, key]), subject, key, ...entry }
    writing = writing
      .then(() =>
        storage.change(["preferences"], "relaxed", (change) => change.put("preferences", row)),
      )
      .catch(() => undefined)
  }
  const put = (key: string, entry: Entry): void => {
    entries.set(key, entry)
    cache()
    write(key, entry)
    tabs.post({ key, entry })
    signal.notify()
  }
  const now = (key: string): number => Math.max(Date.now(), (entries.get(key)?.at ?? 0) + 1)

  const load = async (): Promise<void> => {
    const rows = await storage.all<PreferenceRow>("preferences")
    const mine = rows.filter((row) => row.subject === subject)
    const found = new Map(mine.map((row) => [row.key, row.at]))
    let changed = false
    for (const row of mine) changed = take(row.key, plainEntry(row)) || changed
    // Written to the cache when the page was killed before IndexedDB had it.
    for (const [key, entry] of entries) if (!(Number(found.get(key)) >= entry.at)) write(key, entry)
    if (!changed) return
    cache()
    signal.notify()
  }
  load().catch(() => undefined)
  onLeave(cache)

  return {
    get: <T>(key: string, fallback: T) => {
      const entry = entries.get(key)
      return entry && !entry.gone ? (entry.value as T) : fallback
    },
    set: (key, value) => put(key, { value, at: now(key) }),
    remove: (key) => put(key, { value: null, at: now(key), gone: true }),
    subscribe: signal.subscribe,
    flush: () => writing,
  }
}

function plainEntry(row: PreferenceRow): Entry {
  return { value: row.value, at: row.at, ...(row.gone && { gone: true as const }) }
}

function isEntry(value: unknown): value is Entry {
  return isPlain(value) && typeof value.at === "number" && "value" in value
}

function readCache(key: string): Map<string, Entry> {
  try {
    const stored: unknown = JSON.parse(localStorage.getItem(key) ?? "{}")
    if (!isPlain(stored)) return new Map()
    return new Map(
      Object.entries(stored).filter((pair): pair is [string, Entry] => isEntry(pair[1])),
    )
  } catch {
    return new Map()
  }
}
