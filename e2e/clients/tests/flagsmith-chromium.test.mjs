import assert from "node:assert/strict"
import { after, before, test } from "node:test"
import { evaluations, startBelay, until } from "../stack/belay.mjs"
import { bundle, startBrowser } from "../stack/browser.mjs"

// Flagsmith's JavaScript client in Chromium, on another origin, under its current name and its old one.

let belay
let browser
before(async () => {
  belay = await startBelay()
  browser = await startBrowser()
})
after(async () => {
  await browser?.stop()
  await belay.stop()
})

const pages = {}
const each = (work) => Promise.all(Object.entries(pages).map(([name, page]) => work(page, name)))

test("both clients: values, the stream, an outage, analytics; the current one: exposures", async (t) => {
  for (const [name, alias] of [
    ["current", { flagsmith: "@flagsmith/flagsmith" }],
    ["old", {}],
  ]) {
    pages[name] = await browser.open(await bundle("pages/flagsmith.js", { alias }))
  }
  const value = (page, flag) => page.evaluate((n) => globalThis.flagsmith.getValue(n), flag)
  const told = await belay.reference("usr_browser", { plan: "pro" }, belay.keys.client_key)

  await t.test("the same values as OFREP", () =>
    each(async (page, name) => {
      await page.evaluate(
        async ({ key, url, name }) => {
          const { flagsmith } = globalThis
          await flagsmith.init({
            environmentID: key,
            api: `${url}/api/v1/`,
            eventSourceUrl: `${url}/`,
            realtime: true,
            cacheFlags: true,
            identity: "usr_browser",
            traits: { plan: "pro" },
            enableAnalytics: true,
            ...(name === "current" && {
              enableEvents: true,
              eventProcessorConfig: { eventsApiUrl: `${url}/`, flushInterval: 500 },
            }),
          })
          if (name !== "current") return
          flagsmith.trackExposureEvent("cta", { value: flagsmith.getAllFlags().cta.variant })
        },
        { key: belay.keys.client_key, url: belay.url, name },
      )
      const all = await page.evaluate(() => globalThis.flagsmith.getAllFlags())
      for (const [flag, { enabled, value }] of Object.entries(told)) {
        assert.equal(all[flag].enabled, enabled, `${name} ${flag}`)
        assert.equal(all[flag].value ?? null, value, `${name} ${flag}`)
      }
      assert.deepEqual(Object.keys(all).sort(), Object.keys(told).sort())
      assert.equal(await value(page, "photos"), 30)
    }),
  )

  await t.test("a change comes by the stream", async () => {
    await each((page) =>
      until(() => page.answered.some((a) => a.startsWith("200 /sse/environments/")), "the stream"),
    )
    const at = Date.now()
    await belay.change("banner", { value: "new" })
    await each((page, name) =>
      until(async () => (await value(page, "banner")) === "new", `the change, ${name}`),
    )
    t.diagnostic(`both pages had the change after ${Date.now() - at} ms`)
  })

  await t.test("an outage: pages go on, a reload has the last values", async () => {
    await belay.crash()
    await each(async (page, name) => {
      assert.equal(await value(page, "banner"), "new")
      const second = await page.context().newPage()
      await second.goto(page.url())
      await second.evaluate(
        async ({ key, url }) => {
          await globalThis.flagsmith.init({
            environmentID: key,
            api: `${url}/api/v1/`,
            cacheFlags: true,
            identity: "usr_browser",
            traits: { plan: "pro" },
          })
        },
        { key: belay.keys.client_key, url: belay.url },
      )
      assert.equal(await value(second, "banner"), "new", name)
      assert.equal(await value(second, "photos"), 30, name)
      await second.close()
    })
    await belay.start()
    await belay.change("banner", { value: "hello" }) // while no page has its stream
    await each((page, name) =>
      until(async () => (await value(page, "banner")) === "hello", `the change, ${name}`),
    )
  })

  await t.test("the exposure and both analytics arrive", async () => {
    await until(async () => {
      const [exposure] = await belay.telemetry({ kind: "exposure", user: "usr_browser" })
      const variant = { plain: "control", Small: "small", Big: "big" }[told.cta.value]
      return (
        exposure?.flag === "cta" && exposure.variant === variant && exposure.browser === "Chrome"
      )
    }, "the exposure")
    const analytics = (page) => page.answered.includes("200 /api/v1/analytics/flags/")
    await each((page, name) => until(() => analytics(page), `the analytics, ${name}`))
    assert.ok((await evaluations(belay, "photos")) >= 2)
  })
})
