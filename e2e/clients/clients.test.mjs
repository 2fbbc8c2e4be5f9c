import assert from "node:assert/strict"
import { execFileSync, spawn } from "node:child_process"
import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { createServer as createSite } from "node:http"
import { createServer } from "node:net"
import { tmpdir } from "node:os"
import { join, resolve } from "node:path"
import { after, before, test } from "node:test"
import { createFlagsmithInstance } from "@flagsmith/flagsmith/isomorphic"
import { OFREPProvider } from "@openfeature/ofrep-provider"
import { OFREPWebProvider } from "@openfeature/ofrep-web-provider"
import { OpenFeature as Server } from "@openfeature/server-sdk"
import { OpenFeature as Web } from "@openfeature/web-sdk"
import { Flagsmith } from "flagsmith-nodejs"
import { chromium } from "playwright-core"

// The clients that other vendors publish, unmodified, against the real binary.

const root = resolve(import.meta.dirname, "../..")
const binary = resolve(process.env.BELAY_BIN_DIR ?? join(root, "bin"), "belay")
const folder = mkdtempSync(join(tmpdir(), "belay-clients-"))
const people = Array.from({ length: 200 }, (_, n) => `usr_${n}`)
const reason = "the test changes it"
let url = ""
let port = 0
let program
let keys

function freePort() {
  return new Promise((done, failed) => {
    const server = createServer()
    server.once("error", failed)
    server.listen(0, "127.0.0.1", () => {
      const { port: free } = server.address()
      server.close(() => done(free))
    })
  })
}

async function until(holds, what, ms = 15_000) {
  const deadline = Date.now() + ms
  let last
  while (Date.now() < deadline) {
    try {
      if (await holds()) return
    } catch (error) {
      last = error
    }
    await new Promise((wake) => setTimeout(wake, 50))
  }
  throw new Error(`not within ${ms} ms: ${what} ${last ?? ""}`)
}

async function start() {
  program = spawn(binary, ["serve", "--listen", `127.0.0.1:${port}`, "--data", folder], {
    stdio: "ignore",
  })
  await until(async () => (await fetch(`${url}/healthz`)).ok, "Belay answers")
}

function crash() {
  const ended = new Promise((done) => program.once("exit", done))
  program.kill("SIGKILL")
  return ended
}

async function call(method, path, body) {
  const token = readFileSync(join(folder, "cli.token"), "utf8").trim()
  const response = await fetch(`${url}/api/v1${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    body: body && JSON.stringify(body),
  })
  const text = await response.text()
  assert.ok(response.ok, `${method} ${path}: ${response.status} ${text}`)
  return text && JSON.parse(text)
}

const change = (key, patch) =>
  call("PATCH", `/environments/production/flags/${key}`, { ...patch, reason })

/** What OFREP says of somebody: the reference that every other client has to agree with. */
async function reference(who, traits = {}) {
  const response = await fetch(`${url}/ofrep/v1/evaluate/flags`, {
    method: "POST",
    headers: { authorization: `Bearer ${keys.server_key}`, "content-type": "application/json" },
    body: JSON.stringify({ context: { targetingKey: who, ...traits } }),
  })
  const { flags } = await response.json()
  return Object.fromEntries(
    flags
      .map((f) => [
        f.key,
        {
          enabled: f.metadata.enabled,
          value: typeof f.value === "boolean" ? null : (f.value ?? null),
        },
      ])
      .sort(),
  )
}

const node = (options = {}) =>
  new Flagsmith({
    environmentKey: keys.server_key,
    apiUrl: `${url}/api/v1/`,
    retries: 0,
    ...options,
  })

const shape = (flags) =>
  Object.fromEntries(
    flags
      .allFlags()
      .map((f) => [f.featureName, { enabled: f.enabled, value: f.value ?? null }])
      .sort(),
  )

async function agree(client, someone) {
  let on = 0
  for (const who of someone) {
    for (const traits of [{}, { plan: "pro" }, { age: 61 }]) {
      const told = await reference(`${who}`, traits)
      const got = shape(await client.getIdentityFlags(who, traits))
      assert.deepEqual(got, told, `${who} ${JSON.stringify(traits)}`)
      on += told["ncr-form"].enabled ? 1 : 0
    }
  }
  return on
}

const phase = (name, percent) => ({
  name,
  percent,
  min_dwell: "1h",
  max_dwell: "0s",
  min_users: 0,
  approval: false,
})

before(async () => {
  execFileSync("go", ["run", "./e2e/clients/seed", folder], { cwd: root, stdio: "inherit" })
  port = await freePort()
  url = `http://127.0.0.1:${port}`
  await start()
  keys = (await call("GET", "/environments")).find((e) => e.key === "production")
  const made = await call("POST", "/environments/production/rollouts", {
    name: "New design",
    flag: "design-system-v2",
    reason,
    plan: {
      phases: [phase("some", 30), phase("everyone", 100)],
      guards: [
        { kind: "new_issue", share: 0.3, ratio: 1, margins: [] },
        { kind: "brake", share: 0, ratio: 2, margins: [] },
      ],
      budget: 0.01,
      promotion_error: 0.05,
      silent_after: "20s",
      maturity: "10s",
    },
  })
  await call("POST", `/rollouts/${made.id}/start`, { reason })
})

after(async () => {
  await Server.close()
  await Web.close()
  await crash()
  rmSync(folder, { recursive: true, force: true })
})

test("flagsmith-nodejs, remote: the same values as OFREP, splits and components included", async () => {
  const on = await agree(node(), ["alice", "tester", "refuser", ...people.slice(0, 40)])
  assert.ok(on > 10 && on < 100, `${on} of 129`)
})

test("flagsmith-nodejs, local evaluation: the same values as OFREP", async () => {
  const client = node({ enableLocalEvaluation: true, environmentRefreshIntervalSeconds: 3600 })
  const on = await agree(client, ["alice", "tester", "refuser", ...people])
  assert.ok(on > 100 && on < 300, `${on} of 609`)
  assert.deepEqual(
    shape(await client.getEnvironmentFlags()),
    shape(await node().getEnvironmentFlags()),
  )
  await client.close()
})

test("flagsmith-nodejs, local evaluation: an outage keeps the last document, a change comes with the next poll", async () => {
  const client = node({ enableLocalEvaluation: true, environmentRefreshIntervalSeconds: 0.3 })
  const value = async () => (await client.getIdentityFlags("alice")).getFeatureValue("banner")
  assert.equal(await value(), "hello")
  await crash()
  await new Promise((wake) => setTimeout(wake, 700))
  assert.equal(await value(), "hello")
  await start()
  await change("banner", { value: "back" })
  await until(async () => (await value()) === "back", "the changed value")
  await change("banner", { value: "hello" })
  await client.close()
})

test("persistent traits stay, transient ones and null go", async () => {
  const ask = async (body) => {
    const r = await fetch(`${url}/api/v1/identities`, {
      method: "POST",
      redirect: "error",
      headers: { "x-environment-key": keys.client_key, "content-type": "application/json" },
      body: JSON.stringify(body),
    })
    assert.equal(r.status, 200)
    return r.json()
  }
  const photos = (a) => a.flags.find((f) => f.feature.name === "photos").feature_state_value
  const trait = (value, transient) => ({ trait_key: "plan", trait_value: value, transient })
  assert.equal(photos(await ask({ identifier: "bob", traits: [trait("pro", true)] })), 30)
  assert.equal(photos(await ask({ identifier: "bob", traits: [] })), 3)
  assert.equal(photos(await ask({ identifier: "bob", traits: [trait("pro")] })), 30)
  await crash()
  await start()
  assert.equal(photos(await ask({ identifier: "bob" })), 30)
  const gone = await ask({ identifier: "bob", traits: [trait(null)] })
  assert.equal(photos(gone), 3)
  assert.deepEqual(gone.traits, [])
  const one = await ask({ traits: [trait("pro")] })
  assert.equal(photos(one), 30)
  assert.equal((await ask({ traits: [trait("pro")] })).identifier, one.identifier)
})

test("@flagsmith/flagsmith: identity, traits, variants, and the outage with a cache", async () => {
  const client = createFlagsmithInstance()
  await client.init({
    environmentID: keys.client_key,
    api: `${url}/api/v1/`,
    identity: "alice",
    traits: { plan: "pro" },
  })
  assert.equal(client.getValue("photos"), 30)
  assert.equal(client.hasFeature("vip"), true)
  assert.equal(client.getValue("secret"), null)
  const told = await reference("alice", { plan: "pro" })
  for (const name of ["design-system-v2", "ncr-form", "diary", "cta", "banner"]) {
    assert.equal(client.hasFeature(name), told[name].enabled, name)
    assert.equal(client.getValue(name) ?? null, told[name].value, name)
  }
  await crash()
  await assert.rejects(client.getFlags())
  assert.equal(client.getValue("photos"), 30)
  await start()
  await client.getFlags()
  assert.equal(client.getTrait("plan"), "pro")
})

test("the stream tells the current stamp, a change, and the change again", async () => {
  const response = await fetch(`${url}/sse/environments/${keys.client_key}/stream?lastEventId=x`)
  assert.equal(response.status, 200)
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader()
  const stamps = []
  let text = ""
  const next = async () => {
    for (;;) {
      const found = /^event: environment_updated\ndata: (.*)\n\n/m.exec(text)
      if (found) {
        text = text.slice(found.index + found[0].length)
        stamps.push(JSON.parse(found[1]).updated_at)
        return
      }
      const { value, done } = await reader.read()
      assert.ok(!done)
      text += value
    }
  }
  await next()
  const head = await fetch(`${url}/api/v1/flags/`, {
    headers: { "x-environment-key": keys.client_key },
  })
  assert.equal(Number(head.headers.get("x-flagsmith-document-updated-at")), stamps[0])
  await change("banner", { value: "new" })
  await next()
  const at = Date.now()
  await next()
  const second = Date.now() - at
  await next()
  await reader.cancel()
  await change("banner", { value: "hello" })
  assert.ok(
    stamps[1] > stamps[0] && stamps[2] === stamps[1] && stamps[3] === stamps[1],
    `${stamps}`,
  )
  assert.ok(second > 1_500 && second < 4_000, `repeated after ${second} ms`)
})

test("OFREP server provider: values, and defaults while Belay is down", async () => {
  await Server.setProviderAndWait(
    new OFREPProvider({ baseUrl: url, headers: [["Authorization", `Bearer ${keys.server_key}`]] }),
  )
  const client = Server.getClient()
  const who = { targetingKey: "alice", plan: "pro" }
  assert.equal(await client.getNumberValue("photos", 0, who), 30)
  assert.equal(await client.getBooleanValue("secret", false, who), true)
  for (const one of people.slice(0, 20)) {
    const told = await reference(one)
    assert.equal(
      await client.getBooleanValue("ncr-form", false, { targetingKey: one }),
      told["ncr-form"].enabled,
    )
  }
  await crash()
  assert.equal(await client.getNumberValue("photos", 7, who), 7)
  await start()
  assert.equal(await client.getNumberValue("photos", 7, who), 30)
})

test("OFREP web provider: values, a change by polling, and the last values while Belay is down", async () => {
  await Web.setContext({ targetingKey: "alice", plan: "pro" })
  await Web.setProviderAndWait(
    new OFREPWebProvider({
      baseUrl: url,
      pollInterval: 300,
      headers: [["Authorization", `Bearer ${keys.client_key}`]],
    }),
  )
  const client = Web.getClient()
  assert.equal(client.getNumberValue("photos", 0), 30)
  await change("banner", { value: "new" })
  await until(() => client.getStringValue("banner", "") === "new", "the changed value")
  await crash()
  await new Promise((wake) => setTimeout(wake, 700))
  assert.equal(client.getStringValue("banner", ""), "new")
  await start()
  await change("banner", { value: "hello" })
  await until(() => client.getStringValue("banner", "") === "hello", "the value after the outage")
})

test("@flagsmith/flagsmith in Chromium, on another origin: identity, stream, outage, analytics, exposures", async (t) => {
  const bundle = readFileSync(
    join(import.meta.dirname, "node_modules/@flagsmith/flagsmith/index.mjs"),
    "utf8",
  )
  const site = createSite((request, response) => {
    const script = request.url === "/index.mjs"
    response.setHeader("content-type", script ? "text/javascript" : "text/html")
    response.end(script ? bundle : "<!doctype html><title>a site</title>")
  })
  await new Promise((ready) => site.listen(0, "127.0.0.1", ready))
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
  })
  try {
    const page = await browser.newPage()
    const sent = []
    page.on("request", (r) => sent.push(`${r.method()} ${new URL(r.url()).pathname}`))
    const answered = []
    page.on("response", (r) => answered.push(`${r.status()} ${new URL(r.url()).pathname}`))
    await page.goto(`http://127.0.0.1:${site.address().port}/`)
    await page.evaluate(
      async ({ key, belay }) => {
        const { default: flagsmith } = await import("/index.mjs")
        globalThis.flagsmith = flagsmith
        await flagsmith.init({
          environmentID: key,
          api: `${belay}/api/v1/`,
          eventSourceUrl: `${belay}/`,
          realtime: true,
          identity: "usr_browser",
          traits: { plan: "pro" },
          enableAnalytics: true,
          enableEvents: true,
          eventProcessorConfig: { eventsApiUrl: `${belay}/`, flushInterval: 500 },
        })
        globalThis.seen = flagsmith.getValue("banner")
        flagsmith.trackExposureEvent("cta")
      },
      { key: keys.client_key, belay: url },
    )
    const value = (name) => page.evaluate((n) => globalThis.flagsmith.getValue(n), name)
    const told = await reference("usr_browser", { plan: "pro" })
    assert.equal(await value("photos"), 30)
    assert.equal(await value("cta"), told.cta.value)
    const on = await page.evaluate(() => globalThis.flagsmith.hasFeature("ncr-form"))
    assert.equal(on, told["ncr-form"].enabled)
    await until(() => sent.some((s) => s.includes("/sse/environments/")), "the stream")
    const at = Date.now()
    await change("banner", { value: "new" })
    await until(async () => (await value("banner")) === "new", "the change, by the stream")
    t.diagnostic(`change seen in Chromium after ${Date.now() - at} ms`)

    await crash()
    assert.equal(await value("banner"), "new")
    await start()
    await change("banner", { value: "hello" }) // while the page has no stream
    await until(
      async () => (await value("banner")) === "hello",
      "the change after the outage",
      20_000,
    )

    await until(() => answered.includes("202 /v1/events"), "the exposure", 20_000)
    await until(() => answered.includes("200 /api/v1/analytics/flags/"), "the analytics", 20_000)
  } finally {
    await browser.close()
    site.close()
  }
})
