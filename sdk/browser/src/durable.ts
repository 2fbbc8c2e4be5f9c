/**
 * Small state that must outlive a killed browser. IndexedDB with strict durability is the truth (localStorage loses
 * up to a minute when the browser is killed); localStorage is a cache that can be read without waiting.
 */
export interface Durable {
  read(key: string): Promise<unknown>
  /** Changes one value in one transaction, so that two tabs do not undo each other. Resolves once it is on disk. */
  update(key: string, change: (before: unknown) => unknown): Promise<void>
  stop(): void
}

const databaseName = "belay-client"
const storeName = "state"
/** A database that another tab blocks must not hold the page up. */
const openWithinMs = 3_000

/** Opens lazily; where IndexedDB is missing or refused every call rejects and the caller goes on without it. */
export function createDurable(): Durable {
  let opening: Promise<IDBDatabase> | undefined

  const open = (): Promise<IDBDatabase> => {
    opening ??= openDatabase(() => {
      opening = undefined
    })
    opening.catch(() => {
      opening = undefined
    })
    return opening
  }

  const run = async <T>(
    mode: IDBTransactionMode,
    work: (store: IDBObjectStore, done: (value: T) => void) => void,
  ): Promise<T> => {
    const database = await open()
    return new Promise<T>((resolve, reject) => {
      const transaction = database.transaction(storeName, mode, { durability: "strict" })
      let result: T
      transaction.oncomplete = () => resolve(result)
      transaction.onabort = () =>
        reject(transaction.error ?? new Error("IndexedDB gave up a write"))
      work(transaction.objectStore(storeName), (value) => {
        result = value
      })
    })
  }

  return {
    read: (key) =>
      run("readonly", (store, done) => {
        const request = store.get(key)
        request.onsuccess = () => done(request.result)
      }),
    update: (key, change) =>
      run<void>("readwrite", (store) => {
        const request = store.get(key)
        request.onsuccess = () => {
          const after = change(request.result)
          if (after === undefined) store.delete(key)
          else store.put(after, key)
        }
      }),
    stop: () => {
      opening?.then((database) => database.close()).catch(() => undefined)
      opening = undefined
    },
  }
}

function openDatabase(onLost: () => void): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(databaseName, 1)
    const timer = setTimeout(() => reject(new Error("IndexedDB did not open")), openWithinMs)
    request.onupgradeneeded = () => {
      request.result.createObjectStore(storeName)
    }
    request.onerror = () => {
      clearTimeout(timer)
      reject(request.error)
    }
    request.onsuccess = () => {
      clearTimeout(timer)
      const database = request.result
      database.onversionchange = () => {
        database.close()
        onLost()
      }
      database.onclose = onLost
      resolve(database)
    }
  })
}

/** Reads a cached JSON value; undefined when there is none, it is damaged or storage is refused. */
export function readCache(storage: "local" | "session", key: string): unknown {
  try {
    const text = pick(storage).getItem(key)
    return text === null ? undefined : JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Caches a JSON value (undefined removes it); false when storage is full or refused. */
export function writeCache(storage: "local" | "session", key: string, value: unknown): boolean {
  try {
    if (value === undefined) pick(storage).removeItem(key)
    else pick(storage).setItem(key, JSON.stringify(value))
    return true
  } catch {
    return false
  }
}

function pick(storage: "local" | "session"): Storage {
  return storage === "local" ? localStorage : sessionStorage
}

/** Whether a value is an object with string keys. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value)
}
