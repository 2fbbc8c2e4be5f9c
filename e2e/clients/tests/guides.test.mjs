import assert from "node:assert/strict"
import { after, before, test } from "node:test"
import { startBelay, until } from "../stack/belay.mjs"
import { startBrowser } from "../stack/browser.mjs"
import { pageOf } from "../stack/guide.mjs"

// The code of docs/guides, as it stands there, and what the guides say of an outage.

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

const eventually = (get, want, what) =>
  until(async () => (await get()) === want, `${what} to be ${want}`)

/** A second page of the same visitor. */
async function reload(page) {
  const second = await page.context().newPage()
  await second.goto(page.url())
  return second
}

const exposed = (user) => async () =>
  (await belay.telemetry({ kind: "exposure", user, flag: "cta" })).length > 0

test("flagsmith-javascript.md", async () => {
  const code = await pageOf(
    belay,
    "flagsmith-javascript.md",
    ["start", "exposure"],
    'import flagsmith from "@flagsmith/flagsmith"; globalThis.flagsmith = flagsmith',
    { "60_000": "1_500" },
  )
  const page = await browser.open(code)
  const banner = (page) => () => page.evaluate(() => globalThis.flagsmith?.getValue("banner"))
  await eventually(banner(page), "hello", "the banner")
  await until(() => page.answered.some((a) => a.startsWith("200 /sse/")), "the stream")
  await until(exposed("usr_1"), "the exposure", 15_000)

  // One fetch fails, and the client no longer hears the stream: polling has to bring the change.
  await page.route("**/identities/", (route) => route.abort(), { times: 1 })
  await belay.change("banner", { value: "new" })
  await eventually(banner(page), "new", "the banner after a failed fetch")

  await belay.crash()
  assert.equal(await banner(page)(), "new")
  await eventually(banner(await reload(page)), "new", "the banner of last time")
  const stranger = await browser.open(code)
  await eventually(banner(stranger), "Welcome", "the banner of somebody new")
  await belay.start()
  await belay.change("banner", { value: "hello" })
  for (const each of [page, stranger]) {
    await eventually(banner(each), "hello", "the banner after the outage")
  }
})

test("flagsmith-javascript.md, React", async () => {
  const code = await pageOf(belay, "flagsmith-javascript.md", ["react"])
  const page = await browser.open(code)
  const banner = (page) => () => page.textContent("p")
  await eventually(banner(page), "hello", "the banner")
  await belay.crash()
  await eventually(banner(await reload(page)), "hello", "the banner of last time")
  await eventually(banner(await browser.open(code)), "Welcome", "the banner of somebody new")
  await belay.start()
})

test("openfeature-web.md", async () => {
  const code = await pageOf(
    belay,
    "openfeature-web.md",
    ["exposures", "start"],
    `import { OpenFeature } from "@openfeature/web-sdk"
    globalThis.ask = (name) => OpenFeature.getClient().getStringDetails(name, "Welcome")`,
    { usr_1: "usr_of", "10_000": "500" },
  )
  const page = await browser.open(code)
  const details = (page, name = "banner") => page.evaluate((n) => globalThis.ask?.(n), name)
  const banner = (page) => async () => (await details(page))?.value
  await eventually(banner(page), "hello", "the banner")
  const cta = await details(page, "cta")
  await until(exposed("usr_of"), "the exposure")
  const [exposure] = await belay.telemetry({ kind: "exposure", user: "usr_of", flag: "cta" })
  assert.equal(exposure.variant, cta.variant)

  await until(() => page.answered.includes("200 /ofrep/v1/stream"), "the stream")
  await belay.change("banner", { value: "new" })
  await eventually(banner(page), "new", "the banner by the stream")
  await belay.crash()
  assert.equal(await banner(page)(), "new")
  const again = await reload(page)
  await eventually(banner(again), "new", "the banner of last time")
  assert.equal((await details(again)).reason, "CACHED")
  const stranger = await browser.open(code)
  await eventually(banner(stranger), "Welcome", "the banner of somebody new")
  await belay.start()
  await belay.change("banner", { value: "hello" })
  for (const each of [page, stranger]) {
    await eventually(banner(each), "hello", "the banner after the outage")
  }
})

test("belay-sdk.md", async () => {
  const start = await pageOf(belay, "belay-sdk.md", ["start"])
  const code = start.replace(
    /var (belay\w*) = startBelay/,
    "var $1 = globalThis.belay = startBelay",
  )
  assert.notEqual(code, start)
  const page = await browser.open(code)
  const detail = (page, flag = "banner") =>
    page.evaluate((key) => globalThis.belay?.flags.detail(key), flag)
  const banner = (page) => async () => {
    const { value, reason } = (await detail(page)) ?? {}
    return `${value} ${reason}`
  }
  await eventually(banner(page), "hello SERVER", "the banner")
  await belay.crash()
  await eventually(banner(await reload(page)), "hello CACHED", "the banner of last time")
  const stranger = await browser.open(code)
  await eventually(banner(stranger), "Welcome DEFAULT", "the banner of somebody new")
  assert.equal((await detail(stranger, "notice")).reason, "ENVIRONMENT")
  await belay.start()
  await belay.change("banner", { value: "back" })
  for (const each of [page, stranger]) {
    await eventually(banner(each), "back SERVER", "the banner after the outage")
  }
  await belay.change("banner", { value: "hello" })
  await until(
    async () => (await belay.telemetry({ kind: "ready", user: "usr_1" })).length >= 3,
    "the starts during the outage to be told",
  )
})

test("belay-sdk.md, React", async () => {
  const page = await browser.open(await pageOf(belay, "belay-sdk.md", ["react"]))
  await eventually(() => page.textContent("p"), "hello", "the banner")
  const told = await belay.reference("usr_1")
  const form = told["ncr-form"].enabled ? "new form" : "old form"
  await eventually(() => page.textContent("b"), form, "the form")
})
