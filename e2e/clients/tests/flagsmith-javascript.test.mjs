import assert from "node:assert/strict"
import { after, before, test } from "node:test"
import { createFlagsmithInstance as current } from "@flagsmith/flagsmith/isomorphic"
import { createFlagsmithInstance as old } from "flagsmith/isomorphic"
import { agree, people, startBelay, until } from "../stack/belay.mjs"

// Flagsmith's JavaScript client in Node, under its current name and its old one.

let belay
before(async () => {
  belay = await startBelay()
})
after(() => belay.stop())

const options = () => ({ environmentID: belay.keys.client_key, api: `${belay.url}/api/v1/` })

const shape = (client) =>
  Object.fromEntries(
    Object.entries(client.getAllFlags()).map(([name, f]) => [
      name,
      { enabled: f.enabled, value: f.value ?? null },
    ]),
  )

for (const [name, create] of [
  ["@flagsmith/flagsmith 12.4.0", current],
  ["flagsmith 10.0.0", old],
]) {
  test(`${name}: the same values as OFREP`, async () => {
    const ask = async (identifier, traits) => {
      const client = create()
      const given = Object.entries(traits).map(([key, value]) => [key, { value, transient: true }])
      await client.init({
        ...options(),
        evaluationContext: { identity: { identifier, traits: Object.fromEntries(given) } },
      })
      return shape(client)
    }
    const someone = ["alice", "tester", "refuser", ...people.slice(0, 30)]
    await agree(belay, someone, ask, belay.keys.client_key)
  })

  test(`${name}: traits stay, a change comes by polling, and an outage is survived`, async () => {
    const client = create()
    await client.init({ ...options(), identity: "erin", traits: { plan: "pro" } })
    assert.equal(client.getValue("photos"), 30)
    assert.equal(client.getValue("secret"), null)

    await belay.change("banner", { value: "new" })
    await client.getFlags()
    assert.equal(client.getValue("banner"), "new")
    await belay.crash()
    await assert.rejects(client.getFlags())
    assert.equal(client.getValue("photos"), 30)
    await belay.start()
    await belay.change("banner", { value: "hello" })
    client.startListening(100)
    await until(() => client.getValue("banner") === "hello", "the changed value")
    client.stopListening()
    assert.equal(client.getTrait("plan"), "pro")
  })

  test(`${name}: who starts while Belay is down gets the defaults`, async () => {
    const client = create()
    const defaultFlags = { banner: { id: 1, enabled: true, value: "from the code" } }
    await belay.crash()
    await assert.rejects(client.init({ ...options(), defaultFlags }))
    assert.equal(client.getValue("banner"), "from the code")
    await belay.start()
    await client.getFlags()
    assert.equal(client.getValue("banner"), "hello")
  })
}

test("@flagsmith/flagsmith 12.4.0: exposures and own events arrive", async () => {
  const client = current()
  await client.init({
    ...options(),
    identity: "usr_exposed",
    enableEvents: true,
    eventProcessorConfig: { eventsApiUrl: `${belay.url}/`, flushInterval: 200 },
  })
  const { variant, value } = client.getAllFlags().cta
  assert.equal(variant, { plain: "control", Small: "small", Big: "big" }[value])
  client.trackExposureEvent("cta", { value: variant })
  client.trackEvent("purchase", { metadata: { cart: 3 } })
  await until(async () => {
    const events = await belay.telemetry({ user: "usr_exposed" })
    const exposure = events.find((e) => e.kind === "exposure")
    const own = events.find((e) => e.name === "purchase")
    return (
      exposure?.flag === "cta" &&
      exposure.variant === variant &&
      own?.properties.metadata.cart === 3
    )
  }, "both events")
})

test("@flagsmith/flagsmith 12.4.0: only who takes part in an experiment is exposed to it", async () => {
  await belay.change("cta", { experiment: { name: "CTA" } })
  const ask = async (identity) => {
    const client = current()
    await client.init({
      ...options(),
      identity,
      enableEvents: true,
      eventProcessorConfig: { eventsApiUrl: `${belay.url}/`, flushInterval: 200 },
    })
    const flag = client.getExperimentFlag("cta")
    await client.flushEvents()
    return flag
  }
  // An override decides for them, so they say nothing about the variants.
  await belay.change("cta", {
    identities: [{ for: "usr_apart", priority: 0, enabled: true, value: "Big" }],
  })
  const apart = await ask("usr_apart")
  assert.equal(apart.experiment.inExperiment, false)
  const flag = await ask("usr_enrolled")
  assert.equal(flag.experiment.inExperiment, true)
  assert.equal(flag.experiment.name, "CTA")
  await until(async () => {
    const [exposure] = await belay.telemetry({ user: "usr_enrolled" })
    return exposure?.flag === "cta" && exposure.variant === flag.variant
  }, "the exposure of who takes part")
  // Both were sent to the same door, the other one first.
  assert.deepEqual(await belay.telemetry({ user: "usr_apart" }), [])
  await belay.change("cta", { experiment: { name: "" }, identities: [] })
})
