import { afterEach, beforeEach, describe, expect, test, vi } from "vitest"
import type { Draft, Preferences } from "../src/index.ts"

let app = ""
beforeEach(() => {
  app = crypto.randomUUID()
})
afterEach(() => {
  vi.restoreAllMocks()
  document.body.replaceChildren()
})

type Package = typeof import("../src/index.ts")

/** A page of the same origin with nothing of ours in its memory: another tab, or this one after a reload. */
interface Page extends Package {
  readonly window: Window & typeof globalThis
}

async function anotherPage(): Promise<Page> {
  const frame = document.createElement("iframe")
  document.body.append(frame)
  const window = frame.contentWindow as Window & typeof globalThis
  const load = new window.Function("url", "return import(url)") as (url: string) => Promise<Package>
  return { ...(await load(new URL("/src/index.ts", location.origin).href)), window }
}

interface Note {
  readonly title: string
  readonly body: string
  readonly password: string
}
const initial: Note = { title: "", body: "", password: "" }
const openDraft = async (page?: Page): Promise<Draft<Note>> =>
  (page ?? (await anotherPage())).createDraft({ app, key: "note", initial })
const read = (draft: Draft<Note>): Note => draft.store.getSnapshot().value
const loaded = (draft: Draft<Note>): Promise<void> =>
  vi.waitFor(() => expect(draft.store.getSnapshot().status).not.toBe("loading"))

describe("a draft", () => {
  test("is on disk soon after the last keystroke and there for the next page", async () => {
    const draft = await openDraft()
    draft.set({ title: "Crack" })
    expect(draft.store.getSnapshot()).toMatchObject({ value: { title: "Crack" }, status: "saving" })
    await vi.waitFor(() => expect(draft.store.getSnapshot().status).toBe("saved"), {
      timeout: 1_000,
    })
    const next = await openDraft()
    await loaded(next)
    expect(next.store.getSnapshot()).toMatchObject({
      value: { title: "Crack" },
      status: "restored",
    })
    expect(next.store.getSnapshot().restoredAt).toBeGreaterThan(Date.now() - 60_000)
  })

  test("survives a page that leaves before the disk has it", async () => {
    const page = await anotherPage()
    const draft = await openDraft(page)
    await loaded(draft)
    vi.spyOn(page.window.IDBDatabase.prototype, "transaction").mockImplementation(() => {
      throw new DOMException("gone", "InvalidStateError")
    })
    draft.set({ title: "last word" })
    page.window.dispatchEvent(new PageTransitionEvent("pagehide"))
    vi.restoreAllMocks()
    const next = await openDraft()
    await vi.waitFor(() => expect(read(next).title).toBe("last word"))
    await next.flush()
    await vi.waitFor(() =>
      expect(Object.keys(localStorage).filter((key) => key.includes(app))).toEqual([]),
    )
  })

  test("of the same form in two tabs loses neither's fields", async () => {
    const [one, other] = [await openDraft(), await openDraft()]
    await Promise.all([loaded(one), loaded(other)])
    one.set({ title: "from one" })
    other.set({ body: "from the other" })
    await Promise.all([one.flush(), other.flush()])
    await vi.waitFor(() => expect(read(one)).toEqual(read(other)))
    const next = await openDraft()
    await loaded(next)
    expect(read(next)).toMatchObject({ title: "from one", body: "from the other" })
  })

  test("never stores secrets", async () => {
    const page = await anotherPage()
    const draft = await openDraft(page)
    draft.set({ title: "t", password: "hunter2" })
    page.window.dispatchEvent(new PageTransitionEvent("pagehide"))
    expect(read(draft).password).toBe("hunter2")
    expect(JSON.stringify(localStorage)).not.toContain("hunter2")
    await draft.flush()
    const next = await openDraft()
    await loaded(next)
    expect(read(next)).toEqual({ title: "t", body: "", password: "" })
    expect(JSON.stringify(localStorage)).not.toContain("hunter2")
  })

  test("what was typed while it was being read is not overwritten", async () => {
    const first = await openDraft()
    first.set({ title: "stored", body: "stored" })
    await first.flush()
    const next = await openDraft()
    next.set({ title: "typed" })
    await vi.waitFor(() => expect(read(next).body).toBe("stored"))
    expect(read(next).title).toBe("typed")
  })

  test("that was thrown away stays away", async () => {
    const draft = await openDraft()
    draft.set({ title: "t" })
    await draft.flush()
    await draft.discard()
    expect(read(draft)).toEqual(initial)
    const next = await openDraft()
    await loaded(next)
    expect(next.store.getSnapshot()).toEqual({ value: initial, status: "clean" })
  })

  test("of another kind than the component knows is not shown to it", async () => {
    const { createDraft } = await anotherPage()
    const newer = createDraft({
      app,
      key: "note",
      initial: { title: ["a"] as readonly string[], body: "" },
    })
    newer.set({ title: ["a", "b"], body: "text" })
    await newer.flush()
    const draft = await openDraft()
    await loaded(draft)
    expect(read(draft)).toMatchObject({ title: "", body: "text" })
  })

  test("works in memory where the browser refuses storage", async () => {
    const page = await anotherPage()
    vi.spyOn(page.window.indexedDB, "open").mockImplementation(() => {
      throw new DOMException("no", "SecurityError")
    })
    const draft = await openDraft(page)
    draft.set({ title: "t" })
    await draft.flush()
    expect(draft.store.getSnapshot()).toMatchObject({ value: { title: "t" }, status: "memory" })
  })
})

test("a value that cannot be stored stays in memory and never reaches the page as an error", async () => {
  const { createDraft } = await anotherPage()
  const draft = createDraft({ app, key: "odd", initial: { title: "", odd: null as unknown } })
  draft.set({ title: "t", odd: () => undefined })
  await draft.flush()
  expect(draft.store.getSnapshot()).toMatchObject({ value: { title: "t" }, status: "memory" })
})

describe("preferences", () => {
  const openPreferences = async (subject: string | null = null): Promise<Preferences> =>
    (await anotherPage()).createPreferences({ app, subject })

  test("are there at once after a reload, and after the loss of localStorage", async () => {
    const preferences = await openPreferences()
    preferences.set("layout", { columns: [1, 2] })
    await preferences.flush()
    expect((await openPreferences()).get("layout", null)).toEqual({ columns: [1, 2] })
    localStorage.clear()
    const later = await openPreferences()
    await vi.waitFor(() => expect(later.get("layout", null)).toEqual({ columns: [1, 2] }))
  })

  test("reach the other tabs, and end when removed", async () => {
    const [one, other] = [await openPreferences(), await openPreferences()]
    one.set("units", "metric")
    await vi.waitFor(() => expect(other.get("units", "")).toBe("metric"))
    other.remove("units")
    await vi.waitFor(() => expect(one.get("units", "none")).toBe("none"))
  })

  test("of one person are not another's", async () => {
    const alice = await openPreferences("alice")
    alice.set("units", "metric")
    await alice.flush()
    expect((await openPreferences("bob")).get("units", "none")).toBe("none")
  })
})
