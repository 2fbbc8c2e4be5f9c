import assert from "node:assert/strict"
import { after, before, test } from "node:test"
import { startBelay, until } from "../stack/belay.mjs"
import { bundle, startBrowser } from "../stack/browser.mjs"

// @openfeature/react-sdk 1.4.1 over the OFREP web provider, in Chromium.

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

test("values, a change by the stream, an outage", async () => {
  const page = await browser.open(await bundle("pages/openfeature-react.jsx"))
  await page.evaluate(
    ([options, context]) => globalThis.show(options, context),
    [
      {
        baseUrl: belay.url,
        headers: [["Authorization", `Bearer ${belay.keys.client_key}`]],
      },
      { targetingKey: "usr_9", plan: "pro" },
    ],
  )
  const seen = async () => JSON.parse(await page.textContent("pre"))
  await until(async () => (await seen()).photos === 30, "the values")
  const told = await belay.reference("usr_9", { plan: "pro" })
  assert.deepEqual(await seen(), {
    "ncr-form": told["ncr-form"].enabled,
    cta: told.cta.value,
    banner: "hello",
    photos: 30,
  })
  await until(() => page.answered.includes("200 /ofrep/v1/stream"), "the stream")
  await belay.change("banner", { value: "new" })
  await until(async () => (await seen()).banner === "new", "the change")
  await belay.crash()
  assert.equal((await seen()).banner, "new")
  await belay.start()
  await belay.change("banner", { value: "hello" })
  await until(async () => (await seen()).banner === "hello", "the change after the outage")
  assert.deepEqual(page.failures, [])
})
