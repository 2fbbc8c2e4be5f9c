import { BelayDataError } from "./fault.ts"
import { openDatabase, transact } from "./storage.ts"
import type { StoreSource } from "./types.ts"

/** One thing of the app's that is backed up. */
export interface Item {
  /** `local`, `session` or `idb:<database>/<store>`. */
  readonly place: string
  readonly key: IDBValidKey
  readonly value: unknown
}

/** Where things lie that are merged into `place`. */
export interface Place {
  readonly place: string
  /** Both designs use this one place. */
  readonly shared: boolean
  read(): Promise<readonly Item[]>
  /** What the new design has made, in the old form, by the keys of `read`; the same as `read` when both share it. */
  readNext(): Promise<readonly Item[]>
  /** Changes values by key in one go: `decide` is given what stands there at that moment; undefined removes it. */
  write(
    keys: readonly IDBValidKey[],
    decide: (key: IDBValidKey, now: unknown) => unknown,
  ): Promise<void>
}

/** The places of a source. A database that does not exist has none, and is not created. */
export async function openPlaces(
  source: StoreSource,
  only: (key: IDBValidKey) => boolean = () => true,
): Promise<readonly Place[]> {
  if (source.kind !== "idb") return [openKeys(source)]
  const stores = source.stores ?? (await listStores(source.db))
  return stores.map((store) => {
    const place = openStore(source, store)
    const filtered = async (read: () => Promise<readonly Item[]>): Promise<readonly Item[]> =>
      (await read()).filter((item) => only(item.key))
    return { ...place, read: () => filtered(place.read), readNext: () => filtered(place.readNext) }
  })
}

function openKeys(source: Exclude<StoreSource, { kind: "idb" }>): Place {
  const { kind, next } = source
  const down = source.down ?? ((value: unknown) => value)
  const wanted = (key: string): boolean =>
    source.keys.some((pattern) =>
      typeof pattern === "string"
        ? pattern === key
        : new RegExp(pattern.source, pattern.flags.replace(/[gy]/g, "")).test(key),
    )
  const read = async (): Promise<readonly Item[]> => {
    const storage = pick(kind)
    if (!storage) return []
    const keys = Array.from({ length: storage.length }, (_, index) => storage.key(index) ?? "")
    return keys
      .filter(wanted)
      .sort()
      .map((key) => ({ place: kind, key, value: storage.getItem(key) ?? "" }))
  }
  return {
    place: kind,
    shared: next === undefined,
    read,
    readNext: async () => {
      if (!next) return read()
      const storage = pick(kind)
      const fixed = source.keys.filter((key): key is string => typeof key === "string")
      const keys = new Set([...fixed, ...(await read()).map((item) => String(item.key))])
      return [...keys].flatMap((key) => {
        const value = storage?.getItem(next(key))
        return typeof value === "string" ? [{ place: kind, key, value: down(value) }] : []
      })
    },
    write: async (keys, decide) => {
      const storage = pick(kind)
      if (!storage) throw new BelayDataError("unavailable", `This browser refuses ${kind}Storage.`)
      writeKeys(storage, keys.map(String), decide)
    },
  }
}

/** All or nothing: what was written is taken back when the storage is full half way. */
function writeKeys(
  storage: globalThis.Storage,
  keys: readonly string[],
  decide: (key: string, now: unknown) => unknown,
): void {
  const before = keys.map((key) => [key, storage.getItem(key)] as const)
  const after = before.map(([key, now]) => [key, decide(key, now ?? undefined)] as const)
  try {
    for (const [key, value] of after) if (value === undefined) storage.removeItem(key)
    for (const [key, value] of after) if (value !== undefined) storage.setItem(key, String(value))
  } catch (error) {
    for (const [key] of after) storage.removeItem(key)
    for (const [key, value] of before) if (value !== null) storage.setItem(key, value)
    throw new BelayDataError("quota", "There is no room left to put the data back.", error)
  }
}

function pick(kind: "local" | "session"): globalThis.Storage | undefined {
  try {
    return kind === "local" ? localStorage : sessionStorage
  } catch {
    return undefined
  }
}

type DatabaseSource = Extract<StoreSource, { kind: "idb" }>

function openStore(source: DatabaseSource, store: string): Place {
  const place = `idb:${source.db}/${store}`
  const down = source.down ?? ((value: unknown) => value)
  const read = (): Promise<readonly Item[]> => readStore(source.db, store, place)
  return {
    place,
    shared: source.next === undefined,
    read,
    readNext: async () => {
      if (source.next === undefined) return read()
      const items = await readStore(source.next, store, place)
      return items.map((item) => ({ ...item, value: down(item.value) }))
    },
    write: async (keys, decide) => {
      if (keys.length === 0) return
      await use(source.db, (database) =>
        transact<void>(
          database,
          [store],
          "readwrite",
          { durability: "strict" },
          (transaction, _, then) => {
            const table = transaction.objectStore(store)
            for (const key of keys) {
              const request = table.get(key)
              request.onsuccess = then(() => writeRecord(table, key, decide(key, request.result)))
            }
          },
        ),
      )
    },
  }
}

function writeRecord(table: IDBObjectStore, key: IDBValidKey, value: unknown): void {
  if (value === undefined) table.delete(key)
  else if (table.keyPath === null) table.put(value, key)
  else table.put(value)
}

/** One transaction sees one state, also while other tabs write. Blobs are read out, since a handle from one database
 * cannot always be written into another. */
async function readStore(db: string, store: string, place: string): Promise<readonly Item[]> {
  const found = await use(db, async (database) => {
    if (!database.objectStoreNames.contains(store)) return []
    return transact<readonly Item[]>(database, [store], "readonly", {}, (transaction, done) => {
      const table = transaction.objectStore(store)
      const keys = table.getAllKeys()
      const values = table.getAll()
      values.onsuccess = () =>
        done(keys.result.map((key, index) => ({ place, key, value: values.result[index] })))
    })
  })
  return Promise.all(
    (found ?? []).map(async (item) => ({ ...item, value: await materialise(item.value) })),
  )
}

async function materialise(value: unknown, depth = 0): Promise<unknown> {
  if (typeof value !== "object" || value === null || depth > 64) return value
  if (value instanceof File) {
    const { name, type, lastModified } = value
    return new File([await value.arrayBuffer()], name, { type, lastModified })
  }
  if (value instanceof Blob) return new Blob([await value.arrayBuffer()], { type: value.type })
  if (Array.isArray(value) || Object.getPrototypeOf(value) === Object.prototype) {
    const record = value as Record<string, unknown>
    for (const key of Object.keys(record)) record[key] = await materialise(record[key], depth + 1)
  }
  return value
}

async function listStores(db: string): Promise<readonly string[]> {
  return (await use(db, async (database) => [...database.objectStoreNames])) ?? []
}

/** Undefined when there is no such database. */
async function use<T>(
  db: string,
  work: (database: IDBDatabase) => Promise<T>,
): Promise<T | undefined> {
  let database: IDBDatabase
  try {
    database = await openDatabase(db, undefined)
  } catch (error) {
    if (error instanceof BelayDataError && error.code === "missing") return undefined
    throw error
  }
  database.onversionchange = () => database.close()
  try {
    return await work(database)
  } finally {
    database.close()
  }
}
