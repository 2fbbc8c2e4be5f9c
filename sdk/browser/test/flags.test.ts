import { afterEach, beforeEach, describe, expect, expectTypeOf, test } from "vitest"
import { openPage, type TestPage, until } from "./page.ts"

const on = (key: string, more: Record<string, unknown> = {}) => ({
  key,
  value: true,
  variant: "on",
  reason: "SPLIT",
  ...more,
})
const off = (key: string) => ({ key, value: false, variant: "off", reason: "SPLIT" })

let page: TestPage
beforeEach(() => {
  page = openPage()
})
afterEach(() => page.stop())

describe("asking for flags", () => {
  test("gives what the server answered and says who asks", async () => {
    await page.script({
      flags: [on("ncr-form"), { key: "limit", value: 3, reason: "STATIC" }],
      revision: 7,
    })
    const belay = page.start({ user: { id: "usr_9", traits: { plan: "pro" } } })
    await belay.flags.loaded

    expect(belay.flags.get("ncr-form", false)).toBe(true)
    expect(belay.flags.get("limit", 1)).toBe(3)
    expect(belay.flags.get("limit", "text")).toBe("text")
    expect(belay.flags.get("unknown", "fallback")).toBe("fallback")
    expect(belay.flags.detail("ncr-form")).toEqual({
      value: true,
      variant: "on",
      reason: "SERVER",
      revision: 7,
    })
    expect(belay.flags.status()).toBe("live")
    const [question] = (await page.seen()).questions
    expect(question?.headers["belay-session"]).toBe(belay.session)
    expect(question?.body).toEqual({ context: { plan: "pro", targetingKey: "usr_9" } })
    expectTypeOf(belay.flags.get("ncr-form", false)).toEqualTypeOf<boolean>()
  })

  test("a switched-off flag leaves the value to the code", async () => {
    await page.script({ flags: [{ key: "banner", reason: "DISABLED" }] })
    const belay = page.start({
      defaults: { banner: "coded" },
      environment: { BELAY_FLAG_BANNER: "built" },
    })
    await belay.flags.loaded
    expect(belay.flags.detail("banner")).toMatchObject({ value: "coded", reason: "DISABLED" })
  })

  test("an answer of another form changes nothing", async () => {
    await page.script({ flags: { not: "a list" } })
    const troubles: unknown[] = []
    const belay = page.start({
      defaults: { a: true },
      onError: ({ error }) => troubles.push(error),
    })
    await belay.flags.loaded
    expect(belay.flags.detail("a")).toMatchObject({ value: true, reason: "DEFAULT" })
    expect(belay.flags.status()).toBe("offline")
    expect(String(troubles[0])).toContain("OFREP")
  })

  test("loaded settles within two seconds when the server is slow, and the late answer still counts", async () => {
    await page.script({ flags: [on("a")], delayMs: 2_600 })
    const started = performance.now()
    const belay = page.start({ defaults: { a: false } })
    await belay.flags.loaded
    const took = performance.now() - started
    expect(took).toBeGreaterThan(1_900)
    expect(took).toBeLessThan(2_500)
    expect(belay.flags.get("a", false)).toBe(false)
    await until(() => belay.flags.get("a", false))
  })
})

describe("changes", () => {
  test("arrive over the stream without a reload, and the page confirms them", async () => {
    await page.script({ flags: [on("ncr-form")], revision: 10 })
    const belay = page.start()
    await belay.flags.loaded
    await until(async () => (await page.seen()).streams === 1)
    expect((await page.seen()).streamUrls[0]).toContain(`session=${belay.session}`)
    await page.waitFor((event) => event.kind === "confirm" && event.value === 10)

    const changed = new Promise<void>((resolve) => belay.flags.subscribe(() => resolve()))
    const started = performance.now()
    await page.script({ flags: [off("ncr-form")], revision: 11 }, "notify")
    await changed
    expect(belay.flags.get("ncr-form", true)).toBe(false)
    expect(performance.now() - started).toBeLessThan(1_000)
    await page.waitFor((event) => event.kind === "confirm" && event.value === 11)
  })

  test("a new revision with the same flags is confirmed too, without a new answer", async () => {
    await page.script({ flags: [on("a")], revision: 3 })
    const belay = page.start()
    await belay.flags.loaded
    const before = belay.flags.detail("a")
    await page.script({ revision: 4 })
    await belay.flags.refresh()
    await page.waitFor((event) => event.kind === "confirm" && event.value === 4)
    expect((await page.seen()).questions.at(-1)?.status).toBe(304)
    expect(belay.flags.detail("a")).toBe(before)
  })

  test("that are the same for everybody come with the event, and nothing is asked", async () => {
    await page.script({ flags: [on("form"), on("other")], revision: 10 })
    const belay = page.start()
    await belay.flags.loaded
    await until(async () => (await page.seen()).streams === 1)
    const before = (await page.seen()).questions.length
    const other = belay.flags.detail("other")
    const says = { from: 10, flags: [off("form")] }
    await page.script({ flags: [off("form"), on("other")], revision: 11, says }, "notify")
    await until(() => !belay.flags.get("form", true))
    expect(belay.flags.revision()).toBe(11)
    expect(belay.flags.detail("other")?.value).toBe(other?.value)
    await page.waitFor((event) => event.kind === "confirm" && event.value === 11)
    // And once more from there, to a change of nobody's flags.
    await page.script({ revision: 12, says: { from: 11, flags: [] } }, "notify")
    await page.waitFor((event) => event.kind === "confirm" && event.value === 12)
    expect((await page.seen()).questions.length).toBe(before)
    await belay.flags.refresh()
    const asked = (await page.seen()).questions.at(-1)
    expect(asked?.headers["if-none-match"]).toBeUndefined() // it is of an answer that this page no longer holds
    expect(asked?.status).toBe(200)
  })

  test("that follow on what this page does not hold are asked for", async () => {
    await page.script({ flags: [on("a"), on("b")], revision: 3 })
    const belay = page.start()
    await belay.flags.loaded
    await until(async () => (await page.seen()).streams === 1)
    const says = { from: 4, flags: [off("a")] }
    await page.script({ flags: [off("a"), off("b")], revision: 5, says }, "notify")
    await until(() => !belay.flags.get("b", true))
    expect(belay.flags.get("a", true)).toBe(false)
    expect(belay.flags.revision()).toBe(5)
  })

  test("messages that cannot be read change nothing", async () => {
    await page.script({ flags: [on("a")], revision: 3 })
    const belay = page.start()
    await belay.flags.loaded
    await until(async () => (await page.seen()).streams === 1)
    const before = (await page.seen()).questions.length
    await page.script(
      { revision: 4, says: { type: "other", from: 3, flags: [off("a")] } },
      "notify",
    )
    await page.script({ revision: 5, says: { from: 3, flags: { not: "a list" } } }, "notify")
    await page.waitFor((event) => event.kind === "confirm" && event.value === 5)
    expect(belay.flags.get("a", false)).toBe(true)
    expect((await page.seen()).questions.length).toBe(before + 1)
  })

  test("what was missed while the stream was broken is caught up", async () => {
    await page.script({ flags: [on("a")], revision: 3 })
    const belay = page.start()
    await belay.flags.loaded
    await until(async () => (await page.seen()).streams === 1)
    await page.script({ flags: [off("a")], revision: 4 }, "cut")
    await until(() => !belay.flags.get("a", true), 8_000)
  })

  test("messages about what is already applied ask nothing", async () => {
    await page.script({ flags: [on("a")], revision: 3 })
    const belay = page.start()
    await belay.flags.loaded
    await until(async () => (await page.seen()).streams === 1)
    const before = (await page.seen()).questions.length
    await page.script({}, "notify")
    // A later change shows that the earlier message has been dealt with.
    await page.script({ flags: [off("a")], revision: 4 }, "notify")
    await until(() => !belay.flags.get("a", true))
    expect((await page.seen()).questions.length).toBe(before + 1)
  })
})

describe("without the server", () => {
  test("the last known flags stand, with their reason", async () => {
    await page.script({ flags: [on("a")], revision: 5 })
    const first = page.start()
    await first.flags.loaded
    first.stop()
    await page.script({ flagsStatus: 0 })
    const second = page.start({ defaults: { a: false } })
    expect(second.flags.detail("a")).toMatchObject({ value: true, reason: "CACHED", revision: 5 })
    await second.flags.loaded
    expect(second.flags.detail("a")).toMatchObject({ value: true, reason: "CACHED" })
    expect(second.flags.status()).toBe("stale")
  })

  test("they outlive the loss of localStorage", async () => {
    await page.script({ flags: [on("a")] })
    const first = page.start()
    await first.flags.loaded
    await first.flags.refresh()
    first.stop()
    await page.script({ flagsStatus: 503 })
    localStorage.clear()
    const second = page.start()
    await until(() => second.flags.detail("a")?.reason === "CACHED")
    expect(second.flags.get("a", false)).toBe(true)
  })

  test("another person's flags are not used", async () => {
    await page.script({ flags: [on("a")] })
    const first = page.start({ user: { id: "usr_1" } })
    await first.flags.loaded
    first.stop()
    await page.script({ flagsStatus: 0 })
    const second = page.start({ user: { id: "usr_2" } })
    await second.flags.loaded
    expect(second.flags.detail("a")).toBeUndefined()
  })

  test.each([
    [{ VITE_BELAY_FLAG_NCR_FORM: "false" }, false, "ENVIRONMENT"],
    [{ BELAY_FLAG_NCR_FORM: "true" }, true, "ENVIRONMENT"],
    [{}, true, "DEFAULT"],
  ])("then the build's environment, then the code: %j", async (environment, value, reason) => {
    await page.script({ flagsStatus: 500 })
    const belay = page.start({ environment, defaults: { "ncr-form": true } })
    await belay.flags.loaded
    expect(belay.flags.detail("ncr-form")).toMatchObject({ value, reason })
  })

  test("flags older than 30 days say nothing", async () => {
    const stored = {
      user: "usr_1",
      at: Date.now() - 31 * 86_400_000,
      revision: 1,
      flags: [on("a")],
    }
    localStorage.setItem(`belay:flags:${page.key}`, JSON.stringify(stored))
    await page.script({ flagsStatus: 0 })
    const belay = page.start()
    await belay.flags.loaded
    expect(belay.flags.detail("a")).toBeUndefined()
  })

  test("a damaged cache is ignored", async () => {
    localStorage.setItem(`belay:flags:${page.key}`, "{not json")
    await page.script({ flagsStatus: 0 })
    const belay = page.start({ defaults: { a: "b" } })
    await belay.flags.loaded
    expect(belay.flags.get("a", "c")).toBe("b")
  })
})

describe("the breaker", () => {
  test("beats the server, is reported with the variant that failed, and lasts for the release", async () => {
    await page.script({ flags: [on("ncr-form"), on("diary")] })
    const first = page.start()
    await first.flags.loaded
    let told = 0
    first.flags.subscribe(() => {
      told += 1
    })
    first.trip("ncr-form", "TypeError: x")
    expect(told).toBe(1)
    expect(first.flags.detail("ncr-form")).toMatchObject({
      value: false,
      variant: "off",
      reason: "BREAKER",
    })
    expect(first.flags.get("diary", false)).toBe(true)
    const report = await page.waitFor((event) => event.name === "breaker_trip")
    expect(report.variants["ncr-form"]).toBe("on")
    expect(report.properties).toMatchObject({ flag: "ncr-form" })
    first.stop()

    const second = page.start()
    expect(second.flags.get("ncr-form", true)).toBe(false)
    await second.flags.loaded
    expect(second.flags.get("ncr-form", true)).toBe(false)
    second.stop()

    const newer = page.start({ release: "r2" })
    await newer.flags.loaded
    expect(newer.flags.get("ncr-form", false)).toBe(true)
  })

  test("outlives the loss of localStorage and the server", async () => {
    await page.script({ flags: [on("a")] })
    const first = page.start()
    await first.flags.loaded
    first.trip("a", "why")
    first.stop()
    await page.script({ flagsStatus: 0 })
    const kept = localStorage.getItem(`belay:flags:${page.key}`) ?? ""
    localStorage.clear()
    localStorage.setItem(`belay:flags:${page.key}`, kept)
    const second = page.start()
    await second.flags.loaded
    expect(second.flags.detail("a")).toMatchObject({ value: false, reason: "BREAKER" })
  })

  test("a master's trip covers the flags that name it as their parent", async () => {
    await page.script({ flags: [on("master"), on("child", { metadata: { parent: "master" } })] })
    const belay = page.start()
    await belay.flags.loaded
    expect(belay.flags.get("child", false)).toBe(true)
    belay.trip("master", "boot")
    expect(belay.flags.get("child", true)).toBe(false)
  })
})

describe("the boot guard", () => {
  test("two starts that never became usable and then broke bring the old side back", async () => {
    await page.script({ flags: [on("master")] })
    const shown: boolean[] = []
    for (let start = 0; start < 3; start += 1) {
      // Stopping without a pagehide is what a killed tab looks like to the next page.
      const belay = page.start({ bootFlag: "master" })
      await belay.flags.loaded
      shown.push(belay.flags.get("master", false))
      belay.stop()
    }
    expect(shown).toEqual([true, true, false])
  })

  test("leaving before it was ready does not count", async () => {
    await page.script({ flags: [on("master")] })
    for (let start = 0; start < 6; start += 1) {
      const belay = page.start({ bootFlag: "master" })
      await belay.flags.loaded
      expect(belay.flags.get("master", false)).toBe(true)
      window.dispatchEvent(new PageTransitionEvent("pagehide"))
      belay.stop()
    }
  })
})

describe("people", () => {
  test("an anonymous visitor keeps one id", async () => {
    const first = page.start({ user: undefined as never })
    await first.flags.loaded
    const { id } = first.user
    expect(id).toMatch(/^anon_/)
    first.stop()
    const second = page.start({ user: undefined as never })
    expect(second.user.id).toBe(id)
    second.stop()
    localStorage.clear()
    const third = page.start({ user: undefined as never })
    await third.flags.loaded
    expect(third.user.id).toBe(id)
  })

  test("signing in asks again, for another session", async () => {
    await page.script({ flags: [on("a")] })
    const belay = page.start({ user: { id: "before" } })
    await belay.flags.loaded
    belay.ready()
    const { session } = belay
    belay.identify({ id: "after" })
    await belay.flags.loaded
    expect(belay.session).not.toBe(session)
    expect((await page.seen()).questions.at(-1)?.body.context).toEqual({ targetingKey: "after" })
    await page.waitFor((event) => event.kind === "ready" && event.user === "after")
    expect(belay.flags.get("a", false)).toBe(true)
  })
})
