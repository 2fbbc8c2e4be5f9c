import assert from "node:assert/strict"
import { after, before, test } from "node:test"
import { Flagsmith } from "flagsmith-nodejs"
import { agree, evaluations, people, startBelay, until } from "../stack/belay.mjs"

// flagsmith-nodejs 8.1.2, asking and evaluating itself.

let belay
before(async () => {
  belay = await startBelay()
})
after(() => belay.stop())

// It logs every failed poll, and outages are what is tested here.
const nothing = () => {}
const quiet = { error: nothing, warn: nothing, info: nothing, debug: nothing }

const node = (options = {}) =>
  new Flagsmith({
    environmentKey: belay.keys.server_key,
    apiUrl: `${belay.url}/api/v1/`,
    retries: 0,
    logger: quiet,
    ...options,
  })

const shape = (flags) =>
  Object.fromEntries(
    flags.allFlags().map((f) => [f.featureName, { enabled: f.enabled, value: f.value ?? null }]),
  )

test("remote: the same values as OFREP", async () => {
  const client = node()
  const ask = async (who, traits) => shape(await client.getIdentityFlags(who, traits, true))
  await agree(belay, ["alice", "tester", "refuser", ...people.slice(0, 40)], ask)
})

test("remote: a change is seen at once, an outage gives the defaults", async () => {
  const client = node({ defaultFlagHandler: () => ({ enabled: false, value: "from the code" }) })
  const value = async () => (await client.getIdentityFlags("alice")).getFeatureValue("banner")
  await belay.change("banner", { value: "new" })
  assert.equal(await value(), "new")
  await belay.crash()
  assert.equal(await value(), "from the code")
  await belay.start()
  await belay.change("banner", { value: "hello" })
  assert.equal(await value(), "hello")
})

test("remote: analytics arrive", async () => {
  const client = node({ enableAnalytics: true })
  const flags = await client.getIdentityFlags("alice")
  for (let n = 0; n < 3; n++) flags.getFeatureValue("banner")
  await client.analyticsProcessor.flush()
  assert.equal(await evaluations(belay, "banner"), 3)
})

test("local evaluation: the same values as OFREP", async () => {
  const client = node({ enableLocalEvaluation: true, environmentRefreshIntervalSeconds: 3600 })
  const ask = async (who, traits) => shape(await client.getIdentityFlags(who, traits))
  await agree(belay, ["alice", "tester", "refuser", ...people], ask)
  assert.deepEqual(
    shape(await client.getEnvironmentFlags()),
    shape(await node().getEnvironmentFlags()),
  )
  await client.close()
})

test("local evaluation: a change comes with the next poll, an outage keeps the last document", async () => {
  const failures = []
  const client = node({
    enableLocalEvaluation: true,
    environmentRefreshIntervalSeconds: 0.3,
    onEnvironmentChange: (error) => error && failures.push(error),
  })
  const value = async () => (await client.getIdentityFlags("alice")).getFeatureValue("banner")
  assert.equal(await value(), "hello")
  await belay.crash()
  await until(() => failures.length >= 2, "two failed polls")
  assert.equal(await value(), "hello")
  await belay.start()
  await belay.change("banner", { value: "back" })
  await until(async () => (await value()) === "back", "the changed value")
  await client.close()
})
