import { afterEach, beforeEach, describe, expect, test, vi } from "vitest"
import { createDataSafety, createDraft, type DataEvent, type StoreSource } from "../src/index.ts"

let app = ""
beforeEach(() => {
  app = crypto.randomUUID()
})
afterEach(() => {
  vi.restoreAllMocks()
  localStorage.clear()
})

function open(sources: readonly StoreSource[], onEvent?: (event: DataEvent) => void) {
  return createDataSafety({ app, sources, ...(onEvent && { onEvent }) })
}
const local = (): StoreSource => ({ kind: "local", keys: [/^shop\./] })

/** Runs work on an app's own database, which has a store `notes` with keys outside of its records. */
function onDatabase<T>(
  name: string,
  work: (store: IDBObjectStore, done: (value: T) => void) => void,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(name, 1)
    request.onupgradeneeded = () => request.result.createObjectStore("notes")
    request.onerror = () => reject(request.error)
    request.onsuccess = () => {
      let result: T
      const transaction = request.result.transaction("notes", "readwrite")
      work(transaction.objectStore("notes"), (value) => {
        result = value
      })
      transaction.oncomplete = () => {
        request.result.close()
        resolve(result)
      }
    }
  })
}
const put = (name: string, key: IDBValidKey, value: unknown): Promise<void> =>
  onDatabase<void>(name, (store) => void store.put(value, key))
const get = (name: string, key: IDBValidKey): Promise<unknown> =>
  onDatabase<unknown>(name, (store, done) => {
    const request = store.get(key)
    request.onsuccess = () => done(request.result)
  })

/** Changes one byte of meaning in a chunk of a backup, as rot would. */
function damage(id: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(`belay-data:${app}`)
    request.onerror = () => reject(request.error)
    request.onsuccess = () => {
      const transaction = request.result.transaction("chunks", "readwrite")
      const chunks = transaction.objectStore("chunks")
      const found = chunks.get(`${id}:0`)
      found.onsuccess = () => {
        found.result.items[0].value = `${found.result.items[0].value} `
        chunks.put(found.result)
      }
      transaction.oncomplete = () => {
        request.result.close()
        resolve()
      }
    }
  })
}

describe("a backup", () => {
  test("brings back every kind of value that IndexedDB stores", async () => {
    const photo = new Blob([new Uint8Array([1, 2, 3, 0, 255])], { type: "image/png" })
    const rich = {
      when: new Date(1_795_353_594_137),
      many: new Map([["a", new Set([1n, -0, Number.NaN])]]),
      bytes: new Uint8Array([9, 8, 7]),
      holes: [1, undefined, 3],
      photo,
    }
    await put(`shop-${app}`, ["n", 1], rich)
    const data = open([{ kind: "idb", db: `shop-${app}` }])
    const info = await data.backup({ reason: "test" })
    expect(info).toMatchObject({ reason: "test", items: 1 })
    await onDatabase<void>(`shop-${app}`, (store) => void store.clear())
    expect(await data.restore()).toMatchObject({ restored: 1, conflicts: 0 })
    const back = (await get(`shop-${app}`, ["n", 1])) as typeof rich
    expect({ ...back, photo: 0 }).toEqual({ ...rich, photo: 0 })
    expect(new Uint8Array(await back.photo.arrayBuffer())).toEqual(
      new Uint8Array([1, 2, 3, 0, 255]),
    )
  })

  test("is refused when it is damaged, and the one before it takes its place", async () => {
    localStorage.setItem("shop.a", "first")
    const data = open([local()])
    const first = await data.backup()
    localStorage.setItem("shop.a", "second")
    const second = await data.backup()
    await damage(second.id)
    expect(await data.verify()).toEqual({ id: second.id, ok: false, chunks: 1, damaged: [0] })
    await expect(data.restore({ backup: second.id })).rejects.toMatchObject({ code: "corrupt" })
    expect(localStorage.getItem("shop.a")).toBe("second")
    localStorage.removeItem("shop.a")
    expect(await data.restore()).toMatchObject({ backup: first.id, restored: 1 })
    expect(localStorage.getItem("shop.a")).toBe("first")
  })

  test("keeps two generations, and the one that a flag still needs", async () => {
    localStorage.setItem("shop.a", "1")
    const data = open([local()])
    expect(await data.beforeNew("f")).toBe(true)
    const [needed] = await data.list()
    for (let index = 0; index < 4; index += 1) await data.backup()
    const ids = (await data.list()).map(({ id }) => id)
    expect(ids).toHaveLength(3)
    expect(ids).toContain(needed?.id)
  })

  test("does not create a database that is not there", async () => {
    await open([{ kind: "idb", db: `none-${app}` }]).backup()
    expect((await indexedDB.databases()).map(({ name }) => name)).not.toContain(`none-${app}`)
  })

  test("spreads over chunks when there is much", async () => {
    for (let index = 0; index < 8; index += 1)
      localStorage.setItem(`shop.${index}`, "x".repeat(100_000))
    const data = open([local()])
    const { bytes, items } = await data.backup()
    expect(items).toBe(8)
    expect(bytes).toBeGreaterThan(800_000)
    expect((await data.verify()).chunks).toBeGreaterThan(3)
  })
})

describe("a restore", () => {
  test("merges: puts back what is gone, keeps what was typed, and shows what lost", async () => {
    localStorage.setItem("shop.settings", '{"units":"metric","columns":["a","b"],"page":1}')
    localStorage.setItem("shop.gone", "still here")
    const data = open([local()])
    await data.backup()
    localStorage.setItem("shop.settings", '{"columns":"a,b","page":2,"theme":"dark"}')
    localStorage.removeItem("shop.gone")
    localStorage.setItem("shop.new", "typed in the new design")

    expect(await data.restore()).toMatchObject({ restored: 2, conflicts: 1 })
    expect(JSON.parse(localStorage.getItem("shop.settings") ?? "")).toEqual({
      units: "metric",
      columns: ["a", "b"],
      page: 2,
      theme: "dark",
    })
    expect(localStorage.getItem("shop.gone")).toBe("still here")
    expect(localStorage.getItem("shop.new")).toBe("typed in the new design")
    const [conflict] = await data.conflicts()
    expect(conflict).toMatchObject({ path: "columns", chosen: ["a", "b"], other: "a,b" })

    // Once more changes nothing and adds no conflict.
    expect(await data.restore()).toMatchObject({ restored: 0 })
    expect(await data.conflicts()).toHaveLength(1)
    await data.resolve(conflict?.id ?? "", "other")
    expect(JSON.parse(localStorage.getItem("shop.settings") ?? "").columns).toBe("a,b")
    expect(await data.conflicts()).toEqual([])
  })

  test("of two places is three-way: edits of the old and of the new design both stay", async () => {
    const source: StoreSource = {
      kind: "idb",
      db: `one-${app}`,
      stores: ["notes"],
      next: `two-${app}`,
      down: (value) => {
        const { heading, ...rest } = value as { heading: string }
        return { ...rest, title: heading }
      },
    }
    await put(`one-${app}`, 1, { title: "A", body: "old", tag: 1 })
    await put(`one-${app}`, 2, { title: "B" })
    const data = open([source])
    await data.backup()
    await put(`two-${app}`, 1, { heading: "A", body: "edited in the new design", tag: 1 })
    await put(`two-${app}`, 3, { heading: "made in the new design" })
    await put(`one-${app}`, 1, { title: "A", body: "old", tag: 2 })

    await data.restore()
    expect(await get(`one-${app}`, 1)).toEqual({
      title: "A",
      body: "edited in the new design",
      tag: 2,
    })
    expect(await get(`one-${app}`, 2)).toEqual({ title: "B" })
    expect(await get(`one-${app}`, 3)).toEqual({ title: "made in the new design" })
  })

  test("by replacing keeps what stood there as a backup", async () => {
    localStorage.setItem("shop.a", "old")
    const data = open([local()])
    const { id } = await data.backup()
    localStorage.setItem("shop.a", "new")
    localStorage.setItem("shop.b", "also new")
    await data.restore({ mode: "replace", backup: id })
    expect([localStorage.getItem("shop.a"), localStorage.getItem("shop.b")]).toEqual(["old", null])
    await data.restore({ mode: "replace" })
    expect([localStorage.getItem("shop.a"), localStorage.getItem("shop.b")]).toEqual([
      "new",
      "also new",
    ])
  })

  test("brings back a draft that vanished, but none that was handed over", async () => {
    const lost = createDraft({ app, key: "lost", initial: { text: "" } })
    const sent = createDraft({ app, key: "sent", initial: { text: "" } })
    for (const draft of [lost, sent]) {
      draft.set({ text: "typed" })
      await draft.flush()
    }
    const data = open([])
    await data.backup()
    await sent.commit()
    await new Promise<void>((resolve, reject) => {
      const request = indexedDB.open(`belay-data:${app}`)
      request.onerror = () => reject(request.error)
      request.onsuccess = () => {
        const transaction = request.result.transaction("drafts", "readwrite")
        transaction.objectStore("drafts").delete('["","lost"]')
        transaction.oncomplete = () => {
          request.result.close()
          resolve()
        }
      }
    })
    expect(await data.restore()).toMatchObject({ restored: 1 })
    expect(sent.store.getSnapshot().value).toEqual({ text: "" })
  })

  test("is asked for once after the new side was shown, and not before", async () => {
    const events: string[] = []
    localStorage.setItem("shop.a", "1")
    const data = open([local()], ({ name }) => events.push(name))
    expect(await data.afterBack("f")).toBeUndefined()
    expect(
      await Promise.all([data.beforeNew("f"), data.beforeNew("g"), data.beforeNew("f")]),
    ).toEqual([true, true, true])
    expect(data.prepared("f")).toBe(true)
    expect(await data.list()).toHaveLength(2)
    localStorage.removeItem("shop.a")
    expect(await data.afterBack("f")).toMatchObject({ restored: 1 })
    expect(await data.afterBack("f")).toBeUndefined()
    expect(data.prepared("f")).toBe(false)
    expect(events).toEqual(["backup_ok", "backup_ok", "restore_ok"])
  })

  test("a full disk defers the new side and says so", async () => {
    const events: DataEvent[] = []
    localStorage.setItem("shop.a", "1")
    const data = open([local()], (event) => events.push(event))
    vi.spyOn(IDBObjectStore.prototype, "put").mockImplementation(() => {
      throw new DOMException("full", "QuotaExceededError")
    })
    expect(await data.beforeNew("f")).toBe(false)
    expect(events.at(-1)).toMatchObject({
      name: "flip_deferred",
      properties: { flag: "f", code: "quota" },
    })
    vi.restoreAllMocks()
    expect(await data.beforeNew("f")).toBe(true)
  })
})
