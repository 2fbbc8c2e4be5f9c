import assert from "node:assert/strict"
import { after, before, test } from "node:test"
import { OFREPWebProvider } from "@openfeature/ofrep-web-provider"
import { OpenFeature } from "@openfeature/web-sdk"
import { agree, people, startBelay, until } from "../stack/belay.mjs"
import { bundle, startBrowser } from "../stack/browser.mjs"

// @openfeature/ofrep-web-provider 0.4.3, in Node by polling and in Chromium, on another origin, by the stream.

let belay
let browser
before(async () => {
  belay = await startBelay()
  browser = await startBrowser()
})
after(async () => {
  await OpenFeature.close()
  await browser?.stop()
  await belay.stop()
})

const options = (more) => ({
  baseUrl: belay.url,
  headers: [["Authorization", `Bearer ${belay.keys.client_key}`]],
  ...more,
})

test("the same values as one bulk request", async () => {
  await OpenFeature.setContext({ targetingKey: "usr_0" })
  await OpenFeature.setProviderAndWait(new OFREPWebProvider(options({ changeDetection: "none" })))
  const client = OpenFeature.getClient()
  const on = (name) => ({ enabled: client.getBooleanValue(name, false), value: null })
  const text = (name) => {
    const value = client.getStringValue(name, "off")
    return value === "off" ? { enabled: false, value: null } : { enabled: true, value }
  }
  const ask = async (targetingKey, traits) => {
    await OpenFeature.setContext({ targetingKey, ...traits })
    return {
      "design-system-v2": on("design-system-v2"),
      "ncr-form": on("ncr-form"),
      "itp-form": on("itp-form"),
      vip: on("vip"),
      diary: text("diary"),
      banner: text("banner"),
      cta: text("cta"),
      photos: { enabled: true, value: client.getNumberValue("photos", 0) },
    }
  }
  const someone = ["alice", "tester", "refuser", ...people.slice(0, 25)]
  await agree(belay, someone, ask, belay.keys.client_key)
  assert.equal(client.getBooleanDetails("secret", false).errorCode, "FLAG_NOT_FOUND")
})

test("by polling: a change, and the last values while Belay is down", async () => {
  await OpenFeature.setContext({ targetingKey: "alice", plan: "pro" })
  await OpenFeature.setProviderAndWait(
    new OFREPWebProvider(options({ changeDetection: "polling", pollInterval: 200 })),
  )
  const client = OpenFeature.getClient()
  await belay.change("banner", { value: "new" })
  await until(() => client.getStringValue("banner", "") === "new", "the change")
  await belay.crash()
  await until(() => client.providerStatus === "STALE", "the provider to notice")
  assert.equal(client.getStringValue("banner", ""), "new")
  await belay.start()
  await belay.change("banner", { value: "hello" })
  await until(() => client.getStringValue("banner", "") === "hello", "the value after the outage")
})

test("in Chromium: values, the stream, an outage with and without a reload", async () => {
  const code = await bundle("pages/openfeature.js")
  const page = await browser.open(code)
  const begin = (page) =>
    page.evaluate(
      async ([options, context]) => {
        const { OpenFeature, OFREPWebProvider } = globalThis
        await OpenFeature.setContext(context)
        await OpenFeature.setProviderAndWait(new OFREPWebProvider(options))
      },
      [options(), { targetingKey: "usr_web", plan: "pro" }],
    )
  const value = (page, name) =>
    page.evaluate((n) => globalThis.OpenFeature.getClient().getStringDetails(n, "none"), name)
  await begin(page)
  const told = await belay.reference("usr_web", { plan: "pro" })
  assert.equal((await value(page, "cta")).value, told.cta.value)
  await until(() => page.answered.includes("200 /ofrep/v1/stream"), "the stream")
  await belay.change("banner", { value: "new" })
  await until(async () => (await value(page, "banner")).value === "new", "the change")

  await belay.crash()
  assert.equal((await value(page, "banner")).value, "new")
  const second = await page.context().newPage()
  await second.goto(page.url())
  await begin(second)
  const kept = await value(second, "banner")
  assert.deepEqual([kept.value, kept.reason], ["new", "CACHED"])
  await belay.start()
  await belay.change("banner", { value: "hello" })
  await until(async () => (await value(page, "banner")).value === "hello", "the change afterwards")
})
