import fc from "fast-check"
import { afterEach, describe, expect, inject, test, vi } from "vitest"
import { createDraft, createQueue, type Queue, type QueueOptions } from "../src/index.ts"

const quick = { baseMs: 5, maxMs: 20 } as const
const queues: Queue[] = []

function open(app: string, options: QueueOptions = {}): Queue {
  const queue = createQueue({ app, backoff: quick, ...options })
  queues.push(queue)
  return queue
}
afterEach(() => {
  for (const queue of queues.splice(0)) queue.stop()
})

interface Ledger {
  readonly order: readonly string[]
  readonly requests: number
}
const urlOf = (ledger: string, fates = ""): string =>
  `${inject("hostileUrl")}/?ledger=${ledger}&fates=${fates}`
const read = async (ledger: string): Promise<Ledger> =>
  (await fetch(urlOf(ledger))).json() as Promise<Ledger>

const hostile = fc.constantFrom(
  "ok",
  "ok",
  "ok",
  "drop-before",
  "drop-after",
  "503",
  "429r0",
  "409r0",
  "portal",
)

describe("the queue", () => {
  test("delivers everything exactly once and in order, whatever the server does", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(hostile, { minLength: 3, maxLength: 12 }).filter((fates) => fates.includes("ok")),
        fc.array(fc.constantFrom("a", "b"), { minLength: 1, maxLength: 8 }),
        async (fates, entities) => {
          const name = crypto.randomUUID()
          // Two tabs of one app share the entries on disk.
          const tabs = [open(name), open(name)] as const
          const added = await Promise.all(
            entities.map((entity, index) =>
              (tabs[index % 2] ?? tabs[0]).add({
                type: "t",
                url: urlOf(name, fates.join()),
                entity,
                payload: { entity, index },
              }),
            ),
          )
          const outcomes = await Promise.all(added.map(({ outcome }) => outcome))
          expect(outcomes.map(({ state }) => state)).toEqual(entities.map(() => "sent"))
          const { order } = await read(name)
          const bodies = order.map((text) => JSON.parse(text) as { entity: string; index: number })
          expect(bodies.map(({ index }) => index).sort()).toEqual([...entities.keys()].sort())
          for (const entity of ["a", "b"]) {
            const mine = added.filter(({ mutation }) => mutation.entity === entity)
            const bySeq = mine.sort((one, other) => one.mutation.seq - other.mutation.seq)
            expect(bodies.filter((body) => body.entity === entity)).toEqual(
              bySeq.map(({ mutation }) => mutation.payload),
            )
          }
          expect(await tabs[0].pending()).toEqual([])
          for (const tab of tabs) tab.stop()
        },
      ),
      { numRuns: 12, endOnFailure: true },
    )
  }, 30_000)

  test("is on disk before add resolves, and a later page sends what an earlier one could not", async () => {
    const app = crypto.randomUUID()
    const first = open(app, { send: () => Promise.reject(new TypeError("no network")) })
    await first.add({ type: "t", url: urlOf(app), payload: "kept" })
    first.stop()
    const second = open(app)
    await vi.waitFor(async () => expect((await read(app)).order).toEqual(['"kept"']))
    await vi.waitFor(() => expect(second.store.getSnapshot().pending).toBe(0))
  })

  test("keeps what the server refuses for good, lets the rest pass, and sends it when asked", async () => {
    const app = crypto.randomUUID()
    const queue = open(app)
    const refused = await queue.add({ type: "t", url: urlOf(app, "400,ok,ok"), payload: 1 })
    expect(await refused.outcome).toMatchObject({
      state: "dead",
      status: 400,
      detail: "Refused with 400.",
    })
    const passed = await queue.add({ type: "t", url: urlOf(app, "400,ok,ok"), payload: 2 })
    expect(await passed.outcome).toMatchObject({ state: "sent", status: 201, body: 2 })
    expect(await queue.dead()).toMatchObject([
      { id: refused.mutation.id, failure: { status: 400 } },
    ])
    expect(queue.store.getSnapshot()).toMatchObject({ pending: 0, dead: 1, durable: true })
    await queue.retry(refused.mutation.id)
    expect((await read(app)).order).toEqual(["2", "1"])
    expect(queue.store.getSnapshot().dead).toBe(0)
  })

  test("a conflict that stays is not asked for ever", async () => {
    const app = crypto.randomUUID()
    const { outcome } = await open(app).add({ type: "t", url: urlOf(app, "409"), payload: 1 })
    expect(await outcome).toMatchObject({ state: "dead", status: 409 })
    expect((await read(app)).requests).toBe(5)
  })

  test("waits for signing in", async () => {
    const app = crypto.randomUUID()
    const queue = open(app)
    const { outcome } = await queue.add({ type: "t", url: urlOf(app, "401,ok"), payload: 1 })
    await vi.waitFor(() => expect(queue.store.getSnapshot().paused).toBe("auth"))
    expect((await read(app)).requests).toBe(1)
    queue.resume()
    expect(await outcome).toMatchObject({ state: "sent" })
  })

  test("leaves a server alone for as long as it asks", async () => {
    const app = crypto.randomUUID()
    const started = performance.now()
    const { outcome } = await open(app).add({ type: "t", url: urlOf(app, "429r1,ok"), payload: 1 })
    await outcome
    expect(performance.now() - started).toBeGreaterThan(950)
  })

  test("one person never sends what another has queued", async () => {
    const app = crypto.randomUUID()
    const alice = open(app, { subject: "alice" })
    alice.pause()
    await alice.add({ type: "t", url: urlOf(app), payload: "alice" })
    const bob = open(app, { subject: "bob" })
    await (await bob.add({ type: "t", url: urlOf(app), payload: "bob" })).outcome
    expect((await read(app)).order).toEqual(['"bob"'])
    expect(await bob.pending()).toEqual([])
    expect(await alice.pending()).toHaveLength(1)
  })

  test("forgets the draft with the mutation, and gives it back when the mutation is dropped", async () => {
    const app = crypto.randomUUID()
    const queue = open(app)
    const draft = createDraft({ app, key: "form", initial: { title: "" } })
    draft.set({ title: "typed" })
    await draft.flush()
    const { mutation, outcome } = await queue.add({
      type: "t",
      url: urlOf(app, "400,ok"),
      payload: { title: "typed" },
      draft: "form",
    })
    await draft.commit(mutation.id)
    expect(draft.store.getSnapshot().value).toEqual({ title: "" })
    await outcome
    expect(await stored(app)).toMatchObject([{ fields: { title: "typed" }, mutation: mutation.id }])
    await queue.drop(mutation.id)
    expect((await stored(app))[0]).not.toHaveProperty("mutation")

    const again = await queue.add({
      type: "t",
      url: urlOf(app, "400,ok"),
      payload: 1,
      draft: "form",
    })
    expect(await again.outcome).toMatchObject({ state: "sent" })
    expect(await stored(app)).toMatchObject([{ fields: {}, gone: true }])
  })
})

/** The rows of drafts as they are on disk. */
function stored(app: string): Promise<readonly Record<string, unknown>[]> {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(`belay-data:${app}`)
    request.onerror = () => reject(request.error)
    request.onsuccess = () => {
      const all = request.result.transaction("drafts").objectStore("drafts").getAll()
      all.onsuccess = () => {
        request.result.close()
        resolve(all.result)
      }
    }
  })
}
