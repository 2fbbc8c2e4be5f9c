import { type Loser, mergeThreeWay, same } from "./merge.ts"
import { isPlain } from "./page.ts"
import type { Item, Place } from "./place.ts"
import type { Row } from "./storage.ts"
import type { Conflict } from "./types.ts"

/** A conflict as it is stored. */
export interface ConflictRow extends Row, Conflict {
  readonly subject: string
  readonly key: IDBValidKey
  /** `local` and the like, with `key` the place of the whole value. */
  readonly where: string
}

/** What a restore would do to one place. */
export interface Plan {
  readonly place: Place
  readonly keys: readonly IDBValidKey[]
  readonly kept: number
  readonly losers: readonly (Loser & { readonly key: IDBValidKey })[]
  decide(key: IDBValidKey, now: unknown): unknown
}

/** Plans the return of one place: three-way between the backup, what stands there and what the new design made. */
export async function planMerge(place: Place, backup: readonly Item[]): Promise<Plan> {
  const base = byKey(backup.filter((item) => item.place === place.place))
  const mine = byKey(await place.read())
  const theirs = byKey(await place.readNext())
  const losers: (Loser & { key: IDBValidKey })[] = []
  const decide = (item: Item, now: unknown, lose: (loser: Loser) => void): unknown => {
    const name = nameOf(item.key)
    const from = base.get(name)?.value
    // With one place for both designs what stands there is the new one's, and the old one's last word is the backup.
    return place.shared
      ? mergeValue(from, from, now, lose)
      : mergeValue(from, now, theirs.get(name)?.value, lose)
  }
  const all = [...new Map([...base, ...mine, ...theirs]).values()]
  const changing = all.filter((item) => {
    const now = mine.get(nameOf(item.key))?.value
    return !same(
      decide(item, now, (loser) => losers.push({ ...loser, key: item.key })),
      now,
    )
  })
  const items = new Map(changing.map((item) => [nameOf(item.key), item]))
  return {
    place,
    keys: changing.map((item) => item.key),
    kept: all.length - changing.length,
    losers,
    decide: (key, now) => {
      const item = items.get(nameOf(key))
      return item ? decide(item, now, () => undefined) : now
    },
  }
}

/** Plans a return to exactly the backup. */
export async function planReplace(place: Place, backup: readonly Item[]): Promise<Plan> {
  const base = byKey(backup.filter((item) => item.place === place.place))
  const mine = byKey(await place.read())
  const all = [...new Map([...base, ...mine]).values()]
  const changing = all.filter(
    (item) => !same(base.get(nameOf(item.key))?.value, mine.get(nameOf(item.key))?.value),
  )
  return {
    place,
    keys: changing.map((item) => item.key),
    kept: all.length - changing.length,
    losers: [],
    decide: (key) => base.get(nameOf(key))?.value,
  }
}

/** A draft that was handed over or thrown away stays away, whatever the backup has. */
function mergeValue(
  base: unknown,
  mine: unknown,
  theirs: unknown,
  lose: (loser: Loser) => void,
): unknown {
  if (isPlain(theirs) && (theirs.gone === true || typeof theirs.mutation === "string"))
    return theirs
  if ([base, mine, theirs].some((value) => value !== undefined && typeof value !== "string")) {
    return mergeThreeWay(base, mine, theirs, lose)
  }
  return mergeText(base as Text, mine as Text, theirs as Text, lose)
}

type Text = string | undefined

/** Texts that are JSON objects are merged by their fields; the others are taken whole. */
function mergeText(base: Text, mine: Text, theirs: Text, lose: (loser: Loser) => void): Text {
  const parsed = { base: parse(base), mine: parse(mine), theirs: parse(theirs) }
  if (isPlain(parsed.mine) && isPlain(parsed.theirs)) {
    const merged = mergeThreeWay(parsed.base, parsed.mine, parsed.theirs, lose)
    if (same(merged, parsed.mine)) return mine
    return same(merged, parsed.theirs) ? theirs : JSON.stringify(merged)
  }
  // An object that is no longer one would break the code that reads it.
  if (isPlain(parsed.mine) && theirs !== undefined) {
    lose({ path: "", chosen: mine, other: theirs })
    return mine
  }
  return mergeThreeWay(base, mine, theirs, lose) as Text
}

function parse(text: Text): unknown {
  if (text === undefined || !/^\s*\{/.test(text)) return undefined
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** The stored form of what lost. The id is the same for the same loss, so that a repeated restore adds nothing. */
export function toConflict(
  subject: string,
  place: string,
  loser: Loser & { readonly key: IDBValidKey },
  sum: string,
): ConflictRow {
  const { key, path, chosen, other } = loser
  const id = JSON.stringify([subject, place, nameOf(key), path, sum])
  return {
    id,
    subject,
    at: Date.now(),
    where: place,
    key,
    place: `${place}#${nameOf(key)}`,
    path,
    chosen,
    other,
  }
}

/** Puts a value at the path of a conflict. */
export function putAt(whole: unknown, path: string, value: unknown): unknown {
  if (path === "") return value
  if (typeof whole === "string") {
    const parsed = parse(whole)
    return isPlain(parsed) ? JSON.stringify(putAt(parsed, path, value)) : whole
  }
  if (!isPlain(whole)) return whole
  // Names may hold dots themselves: the longest name that exists is the right one.
  const names = path.split(".")
  for (let length = names.length; length > 0; length -= 1) {
    const name = names.slice(0, length).join(".")
    if (length < names.length && !Object.hasOwn(whole, name)) continue
    if (length === names.length && names.length > 1 && !Object.hasOwn(whole, name)) continue
    const entries = Object.entries(whole).filter(([key]) => key !== name)
    const inner = Object.hasOwn(whole, name) ? whole[name] : undefined
    return Object.fromEntries([
      ...entries,
      [name, putAt(inner, names.slice(length).join("."), value)],
    ])
  }
  return whole
}

function byKey(items: readonly Item[]): Map<string, Item> {
  return new Map(items.map((item) => [nameOf(item.key), item]))
}

/** A text for any key that IndexedDB allows, different for different keys. */
function nameOf(key: IDBValidKey): string {
  if (typeof key === "string") return key
  if (key instanceof Date) return `date:${key.getTime()}`
  if (Array.isArray(key)) return `[${key.map((part) => JSON.stringify(nameOf(part))).join()}]`
  return typeof key === "number" ? `number:${key}` : `bytes:${new Uint8Array(key as ArrayBuffer)}`
}
