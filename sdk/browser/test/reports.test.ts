import { afterEach, beforeEach, describe, expect, test, vi } from "vitest"
import { openPage, type TestPage, until } from "./page.ts"

let page: TestPage
beforeEach(() => {
  page = openPage()
})
afterEach(() => {
  page.stop()
  document.body.replaceChildren()
  vi.restoreAllMocks()
})

/** Vitest itself listens for uncaught errors; these are meant. */
function expectUncaught(): void {
  const swallow = (event: Event): void => event.preventDefault()
  window.addEventListener("error", swallow, { capture: true, once: true })
  window.addEventListener("unhandledrejection", swallow, { capture: true, once: true })
}

describe("documents", () => {
  test("follow the beacon protocol", async () => {
    await page.script({ flags: [{ key: "ncr-form", value: true, reason: "SPLIT" }], revision: 118 })
    const belay = page.start()
    await belay.flags.loaded
    belay.ready()
    belay.exposure("ncr-form", "ncr-form")
    belay.exposure("ncr-form", "ncr-form")
    belay.render("ncr-form", 7.5, "on")
    belay.track("ncr.saved", { photos: 2 })
    belay.data("draft_restored", 1)
    await page.waitFor((event) => event.kind === "data")

    const { documents } = await page.seen()
    for (const document of documents) {
      expect(document).toMatchObject({ v: 1, session: belay.session, user: "usr_1", release: "r1" })
      expect(document.session).toMatch(/^[A-Za-z0-9_-]{8,64}$/)
    }
    const all = await page.reported()
    const numbers = all.map((event) => event.seq)
    expect(numbers).toEqual([...new Set(numbers)].sort((one, other) => one - other))
    const exposures = all.filter((event) => event.kind === "exposure")
    expect(exposures).toHaveLength(1)
    expect(exposures[0]).toMatchObject({ flag: "ncr-form", variant: "on", component: "ncr-form" })
    expect(exposures[0]?.variants).toEqual({ "ncr-form": "on" })
    expect(all.find((event) => event.kind === "render")).toMatchObject({
      variant: "on",
      value: 7.5,
    })
    expect(all.find((event) => event.kind === "confirm")?.value).toBe(118)
    expect(all.find((event) => event.kind === "ready")?.value).toBeGreaterThan(0)
    expect(all.find((event) => event.kind === "event")?.properties).toEqual({ photos: 2 })
  })

  test("are sent again with the same numbers until they are taken", async () => {
    const belay = page.start()
    await belay.flags.loaded
    await belay.flush()
    await page.script({ beacon: [503, 0] })
    belay.track("precious")
    await page.waitFor((event) => event.name === "precious", 8_000)
    await until(async () => {
      const copies = (await page.reported()).filter((event) => event.name === "precious")
      return copies.length === 2
    }, 12_000)
    const copies = (await page.reported()).filter((event) => event.name === "precious")
    expect(copies[0]?.seq).toBe(copies[1]?.seq)
  }, 20_000)

  test("that the server refuses are counted, not repeated", async () => {
    const belay = page.start()
    await belay.flags.loaded
    await belay.flush()
    await page.script({ beacon: [400] })
    belay.track("refused")
    await belay.flush()
    belay.track("next")
    await belay.flush()
    const told = await page.waitFor((event) => event.name === "belay.reports_dropped")
    expect(told.properties).toEqual({ count: 1 })
    expect((await page.reported()).some((event) => event.name === "refused")).toBe(false)
  })

  test("with one bad event lose only that one", async () => {
    const belay = page.start()
    await belay.flags.loaded
    await belay.flush()
    await page.script({ refuse: "poison" })
    for (let index = 0; index < 20; index += 1)
      belay.track(index === 13 ? "poison" : `good ${index}`)
    await belay.flush()
    const names = (await page.reported())
      .filter((event) => event.kind === "event")
      .map(({ name }) => name)
    expect(names.filter((name) => String(name).startsWith("good"))).toHaveLength(19)
    expect(names).not.toContain("poison")
    await page.waitFor((event) => event.name === "belay.reports_dropped")
  })

  test("of a key that is refused are not asked about one by one", async () => {
    const belay = page.start()
    await belay.flags.loaded
    await belay.flush()
    await page.script({ refuse: "" })
    for (let index = 0; index < 300; index += 1) belay.track("refused")
    const before = performance.getEntriesByType("resource").length
    await belay.flush()
    expect(performance.getEntriesByType("resource").length - before).toBeLessThan(40)
    await page.script({ refuse: "never again" })
  })

  test("that could not be sent go to the next page of the tab, in the same session", async () => {
    const first = page.start()
    await first.flags.loaded
    await first.flush()
    await page.script({ beacon: [503, 503, 503] })
    first.track("late")
    await first.flush()
    window.dispatchEvent(new PageTransitionEvent("pagehide"))
    const { session } = first
    await page.script({ beacon: [] })
    const second = page.start()
    expect(second.session).toBe(session)
    expect((await page.waitFor((event) => event.name === "late")).session).toBe(session)
    first.stop()
  })

  test("keep within the server's limits whatever is reported", async () => {
    const belay = page.start()
    await belay.flags.loaded
    const deep = Object.fromEntries(
      Array.from({ length: 80 }, (_, index) => [`p${index}`, "x".repeat(900)]),
    )
    belay.track(`n\u0000n\ud800${"n".repeat(500)}`, {
      ...deep,
      bad: Number.NaN,
      object: {} as never,
    })
    belay.captureError(new Error("😀".repeat(5_000)), { component: "c".repeat(300) })
    belay.render("c", Number.POSITIVE_INFINITY)
    const event = await page.waitFor(
      (one) => one.kind === "event" && String(one.name).startsWith("n n n"),
    )
    expect(String(event.name)).toHaveLength(200)
    expect(JSON.stringify(event.properties).length).toBeLessThanOrEqual(4_096)
    expect(Object.keys(event.properties as object).length).toBeLessThanOrEqual(50)
    const error = await page.waitFor((one) => one.kind === "error")
    expect(String(error.message).length).toBeLessThanOrEqual(2_000)
    expect(error.component).toHaveLength(100)
  })

  test("stay small enough for a page that is being left", async () => {
    const belay = page.start()
    await belay.flags.loaded
    for (let index = 0; index < 60; index += 1) belay.track(`e${index}`, { text: "ü".repeat(480) })
    await belay.flush()
    const { documents } = await page.seen()
    expect((await page.reported()).filter((event) => event.kind === "event")).toHaveLength(60)
    for (const document of documents) {
      expect(new TextEncoder().encode(JSON.stringify(document)).length).toBeLessThan(64_000)
    }
  })

  test("are never more than a thousand events; what falls out is counted", async () => {
    const belay = page.start()
    await belay.flags.loaded
    await belay.flush()
    await page.script({ beacon: [503] })
    for (let index = 0; index < 1_200; index += 1) belay.track("many")
    await belay.flush()
    const told = await page.waitFor((event) => event.name === "belay.reports_dropped", 10_000)
    expect(Number((told.properties as { count: number }).count)).toBeGreaterThanOrEqual(200)
  }, 15_000)

  test("urgent ones leave within a fifth of a second", async () => {
    const belay = page.start()
    await belay.flags.loaded
    await belay.flush()
    const started = performance.now()
    belay.captureError(new Error("now"))
    await page.waitFor((event) => event.message === "now")
    expect(performance.now() - started).toBeLessThan(600)
  })
})

describe("errors", () => {
  test("of an event handler belong to the component whose event it was", async () => {
    const belay = page.start()
    await belay.flags.loaded
    document.body.innerHTML = `<div data-belay-component="ncr-form"><button>x</button></div><p>y</p>`
    const throwing = (text: string) => () => {
      throw new TypeError(text)
    }
    document.querySelector("button")?.addEventListener("click", throwing("inside"))
    document.querySelector("p")?.addEventListener("click", throwing("outside"))
    expectUncaught()
    document.querySelector("button")?.click()
    expectUncaught()
    document.querySelector("p")?.click()

    const inside = await page.waitFor((event) => event.message === "inside")
    expect(inside).toMatchObject({
      name: "TypeError",
      source: "window",
      handled: false,
      component: "ncr-form",
      page: location.pathname,
    })
    expect(String(inside.stack)).toContain("reports.test")
    const outside = await page.waitFor((event) => event.message === "outside")
    expect(outside.component).toBeUndefined()
  })

  test("of a timer belong to no component", async () => {
    const belay = page.start()
    await belay.flags.loaded
    document.body.innerHTML = `<div data-belay-component="ncr-form"><button>x</button></div>`
    document.querySelector("button")?.addEventListener("click", () => {
      setTimeout(() => {
        throw new Error("later")
      }, 20)
    })
    expectUncaught()
    document.querySelector("button")?.click()
    expect((await page.waitFor((event) => event.message === "later")).component).toBeUndefined()
  })

  test("of promises are reported, also when the reason is no error", async () => {
    const belay = page.start()
    await belay.flags.loaded
    expectUncaught()
    void Promise.reject({ code: 7 })
    const error = await page.waitFor((event) => event.source === "rejection")
    expect(error.message).toBe('{"code":7}')
  })

  test("are reported once, by whoever knows most", async () => {
    vi.spyOn(console, "error").mockImplementation(() => undefined)
    const belay = page.start({ console: true })
    await belay.flags.loaded
    const error = new Error("once")
    // biome-ignore lint/suspicious/noConsole: what is under test listens to it
    console.error("caught:", error)
    belay.captureError(error, { source: "boundary", component: "ncr-form", handled: true })
    await page.waitFor((event) => event.message === "once")
    await belay.flush()
    const all = (await page.reported()).filter((event) => event.message === "once")
    expect(all).toHaveLength(1)
    expect(all[0]).toMatchObject({ source: "boundary", component: "ncr-form" })
  })

  test("in a loop are cut off after twenty", async () => {
    const belay = page.start()
    await belay.flags.loaded
    for (let index = 0; index < 500; index += 1) belay.captureError(new Error(`row ${index}`))
    await belay.flush()
    expect((await page.reported()).filter((event) => event.kind === "error")).toHaveLength(20)
    belay.stop()
    const told = await page.waitFor((event) => event.name === "belay.errors_suppressed")
    expect(told.properties).toEqual({ count: 480 })
  })
})

describe("the page does not notice", () => {
  test("a broken address, refused storage or a throwing callback", async () => {
    vi.spyOn(Storage.prototype, "getItem").mockImplementation(() => {
      throw new DOMException("no", "SecurityError")
    })
    vi.spyOn(Storage.prototype, "setItem").mockImplementation(() => {
      throw new DOMException("no", "SecurityError")
    })
    vi.spyOn(indexedDB, "open").mockImplementation(() => {
      throw new DOMException("no", "SecurityError")
    })
    const belay = page.start({
      url: "http://[broken",
      defaults: { a: true },
      onError: () => {
        throw new Error("the customer's own fault")
      },
    })
    belay.trip("b", "why")
    belay.captureError(undefined)
    belay.captureError(
      new Proxy(
        {},
        {
          get: () => {
            throw new Error("hostile")
          },
        },
      ),
    )
    await belay.flags.loaded
    expect(belay.flags.get("a", false)).toBe(true)
    expect(belay.flags.get("b", true)).toBe(false)
    belay.stop()
  })
})
