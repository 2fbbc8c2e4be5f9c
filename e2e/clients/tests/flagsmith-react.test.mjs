import assert from "node:assert/strict"
import { after, before, test } from "node:test"
import { startBelay, until } from "../stack/belay.mjs"
import { bundle, startBrowser } from "../stack/browser.mjs"

// Flagsmith's React bindings in Chromium, of the current client and the old one.

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

for (const [name, alias] of [
  ["@flagsmith/flagsmith/react 12.4.0", { flagsmith: "@flagsmith/flagsmith" }],
  ["flagsmith/react 10.0.0", {}],
]) {
  test(`${name}: values, a change by the stream, an outage`, async () => {
    const page = await browser.open(await bundle("pages/flagsmith-react.jsx", { alias }))
    await page.evaluate((options) => globalThis.show(options), {
      environmentID: belay.keys.client_key,
      api: `${belay.url}/api/v1/`,
      eventSourceUrl: `${belay.url}/`,
      realtime: true,
      identity: "usr_7",
      traits: { plan: "pro" },
    })
    const seen = async () => JSON.parse(await page.textContent("pre"))
    await until(async () => (await seen()).photos.value === 30, "the values")
    const told = await belay.reference("usr_7", { plan: "pro" })
    for (const flag of ["design-system-v2", "ncr-form", "diary", "cta", "banner"]) {
      assert.deepEqual((await seen())[flag], told[flag], flag)
    }
    assert.equal((await seen()).plan, "pro")
    assert.equal((await seen()).error, false)

    await until(() => page.answered.some((a) => a.startsWith("200 /sse/")), "the stream")
    await belay.change("banner", { value: "new" })
    await until(async () => (await seen()).banner.value === "new", "the change")
    await belay.crash()
    assert.equal((await seen()).banner.value, "new")
    await belay.start()
    await belay.change("banner", { value: "hello" })
    await until(async () => (await seen()).banner.value === "hello", "the change after the outage")
    assert.deepEqual(page.failures, [])
  })
}

test("@flagsmith/flagsmith/react 12.4.0: who takes part in an experiment is exposed to it", async () => {
  await belay.change("cta", { experiment: { name: "CTA" } })
  const page = await browser.open(await bundle("pages/flagsmith-experiment.jsx"))
  await page.evaluate((options) => globalThis.show(options), {
    environmentID: belay.keys.client_key,
    api: `${belay.url}/api/v1/`,
    identity: "usr_enrolled",
    enableEvents: true,
    eventProcessorConfig: { eventsApiUrl: `${belay.url}/`, flushInterval: 200 },
  })
  const seen = async () => JSON.parse(await page.textContent("pre"))
  await until(async () => (await seen()).part === true, "who takes part")
  const { variant } = await seen()
  await until(async () => {
    const [exposure] = await belay.telemetry({ user: "usr_enrolled" })
    return exposure?.flag === "cta" && exposure.variant === variant
  }, "the exposure")
  assert.deepEqual(page.failures, [])
})
