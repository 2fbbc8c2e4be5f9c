import { BelayDataError, toDataError } from "./fault.ts"

/** Tables of the SDK's own database, one database for each app. */
export type Table =
  | "state"
  | "manifests"
  | "chunks"
  | "conflicts"
  | "drafts"
  | "preferences"
  | "mutations"

const tables: readonly Table[] = [
  "state",
  "manifests",
  "chunks",
  "conflicts",
  "drafts",
  "preferences",
  "mutations",
]

/** What is stored has its key in `id`. */
export interface Row {
  readonly id: string
}

/** Work inside one transaction. Callbacks run while it is open; nothing may be awaited in them. */
export interface Change {
  get(table: Table, id: string, then: (row: Row | undefined) => void): void
  put(table: Table, row: Row): void
  delete(table: Table, id: string): void
}

/** Storage that keeps through kills, or the page's memory where the browser refuses (then `durable()` is false). */
export interface Storage {
  durable(): Promise<boolean>
  get<T extends Row>(table: Table, id: string): Promise<T | undefined>
  all<T extends Row>(table: Table): Promise<readonly T[]>
  /** `strict` waits for the disk itself and survives a power cut; `relaxed` survives the end of the browser. */
  change(
    among: readonly Table[],
    durability: "strict" | "relaxed",
    work: (change: Change) => void,
  ): Promise<void>
}

const version = 1
const openWithinMs = 3_000
const opened = new Map<string, Storage>()

/** The storage of an app; the same object for the same app. Opens at the first use. */
export function openStorage(app: string): Storage {
  const name = databaseName(app)
  const existing = opened.get(name)
  if (existing) return existing
  const made = createStorage(name)
  opened.set(name, made)
  return made
}

/** Name of the SDK's own database. */
export function databaseName(app: string): string {
  return `belay-data:${app}`
}

function createStorage(name: string): Storage {
  const memory = createMemory()
  let opening: Promise<IDBDatabase | undefined> | undefined

  const open = (): Promise<IDBDatabase | undefined> => {
    opening ??= openDatabase(name, version, (database) => {
      for (const table of tables) database.createObjectStore(table, { keyPath: "id" })
    })
      .then((database) => {
        database.onversionchange = () => {
          database.close()
          opening = undefined
        }
        database.onclose = () => {
          opening = undefined
        }
        return database
      })
      .catch((error: unknown) => {
        // Blocked storage may be free in a moment; refused storage stays refused for this page.
        if (error instanceof BelayDataError && error.retryable) opening = undefined
        return undefined
      })
    return opening
  }

  const read = async <T>(
    table: Table,
    ask: (store: IDBObjectStore) => IDBRequest,
    instead: () => T,
  ): Promise<T> => {
    const database = await open()
    if (!database) return instead()
    return transact<T>(database, [table], "readonly", {}, (transaction, done) => {
      const request = ask(transaction.objectStore(table))
      request.onsuccess = () => done(request.result)
    })
  }

  return {
    durable: async () => (await open()) !== undefined,
    get: <T extends Row>(table: Table, id: string) =>
      read<T | undefined>(
        table,
        (store) => store.get(id),
        () => memory.get(table, id) as T | undefined,
      ),
    all: <T extends Row>(table: Table) =>
      read<readonly T[]>(
        table,
        (store) => store.getAll(),
        () => memory.all(table) as readonly T[],
      ),
    change: async (among, durability, work) => {
      const database = await open()
      if (!database) return memory.change(work)
      await transact<void>(database, among, "readwrite", { durability }, (transaction, _, then) => {
        work({
          get: (table, id, found) => {
            const request = transaction.objectStore(table).get(id)
            request.onsuccess = then(() => found(request.result as Row | undefined))
          },
          put: (table, row) => void transaction.objectStore(table).put(row),
          delete: (table, id) => void transaction.objectStore(table).delete(id),
        })
      })
    },
  }
}

/**
 * Runs one transaction; rejects when it was undone, with everything in it. What is called later, with an answer, goes
 * through `then`: an error thrown there (a value that cannot be stored) undoes the transaction and reaches the caller
 * instead of the page.
 */
export function transact<T>(
  database: IDBDatabase,
  stores: readonly string[],
  mode: IDBTransactionMode,
  options: IDBTransactionOptions,
  work: (
    transaction: IDBTransaction,
    done: (value: T) => void,
    then: (callback: () => void) => () => void,
  ) => void,
): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    let result: T
    let cause: unknown
    const transaction = database.transaction([...stores], mode, options)
    const doing = "write to the browser's database"
    transaction.oncomplete = () => resolve(result)
    transaction.onabort = () => reject(toDataError(cause ?? transaction.error, doing))
    const then = (callback: () => void) => (): void => {
      try {
        callback()
      } catch (error) {
        cause = error
        try {
          transaction.abort()
        } catch {
          reject(toDataError(cause, doing))
        }
      }
    }
    const done = (value: T): void => {
      result = value
    }
    then(() => work(transaction, done, then))()
  })
}

/**
 * Opens a database. Without `upgrade` it must exist already: one that does not is not created, and the promise rejects
 * with `missing`. Never waits longer than 3 s for other tabs.
 */
export function openDatabase(
  name: string,
  at: number | undefined,
  upgrade?: (database: IDBDatabase) => void,
): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    let over = false
    const fail = (error: BelayDataError): void => {
      over = true
      clearTimeout(timer)
      reject(error)
    }
    const timer = setTimeout(
      () => fail(new BelayDataError("timeout", `The database "${name}" did not open within 3 s.`)),
      openWithinMs,
    )
    let request: IDBOpenDBRequest
    try {
      request = indexedDB.open(name, at)
    } catch (error) {
      fail(new BelayDataError("unavailable", "This browser refuses lasting storage.", error))
      return
    }
    request.onblocked = () =>
      fail(new BelayDataError("blocked", `Another tab holds the database "${name}".`))
    request.onupgradeneeded = () => {
      if (upgrade) upgrade(request.result)
      else request.transaction?.abort()
    }
    request.onerror = () =>
      fail(
        upgrade
          ? toDataError(request.error, `open the database "${name}"`)
          : new BelayDataError("missing", `There is no database "${name}".`, request.error),
      )
    request.onsuccess = () => {
      clearTimeout(timer)
      if (over) request.result.close()
      else resolve(request.result)
    }
  })
}

function createMemory(): {
  get(table: Table, id: string): Row | undefined
  all(table: Table): readonly Row[]
  change(work: (change: Change) => void): void
} {
  const rows = new Map<Table, Map<string, Row>>(tables.map((table) => [table, new Map()]))
  const of = (table: Table): Map<string, Row> => rows.get(table) ?? new Map<string, Row>()
  return {
    get: (table, id) => of(table).get(id),
    all: (table) => [...of(table).values()],
    change: (work) =>
      work({
        get: (table, id, then) => then(of(table).get(id)),
        put: (table, row) => void of(table).set(row.id, structuredClone(row)),
        delete: (table, id) => void of(table).delete(id),
      }),
  }
}
