import assert from "node:assert/strict"
import { after, before, test } from "node:test"
import { OFREPProvider } from "@openfeature/ofrep-provider"
import { OpenFeature } from "@openfeature/server-sdk"
import { agree, people, startBelay } from "../stack/belay.mjs"

// @openfeature/ofrep-provider 0.1.3 in Node.

let belay
let client
before(async () => {
  belay = await startBelay()
  await OpenFeature.setProviderAndWait(
    new OFREPProvider({
      baseUrl: belay.url,
      headers: [["Authorization", `Bearer ${belay.keys.server_key}`]],
    }),
  )
  client = OpenFeature.getClient()
})
after(async () => {
  await OpenFeature.close()
  await belay.stop()
})

test("the same values as one bulk request", async () => {
  const ask = async (targetingKey, traits) => {
    const who = { targetingKey, ...traits }
    const on = async (name) => ({
      enabled: await client.getBooleanValue(name, false, who),
      value: null,
    })
    const text = async (name) => {
      const value = await client.getStringValue(name, "off", who)
      return value === "off" ? { enabled: false, value: null } : { enabled: true, value }
    }
    return {
      "design-system-v2": await on("design-system-v2"),
      "ncr-form": await on("ncr-form"),
      "itp-form": await on("itp-form"),
      vip: await on("vip"),
      secret: await on("secret"),
      diary: await text("diary"),
      banner: await text("banner"),
      cta: await text("cta"),
      photos: { enabled: true, value: await client.getNumberValue("photos", 0, who) },
    }
  }
  await agree(belay, ["alice", "tester", "refuser", ...people.slice(0, 25)], ask)
})

test("a change is seen at once, an outage gives the defaults and says so", async () => {
  const who = { targetingKey: "alice", plan: "pro" }
  await belay.change("banner", { value: "new" })
  assert.equal(await client.getStringValue("banner", "", who), "new")
  await belay.crash()
  const details = await client.getNumberDetails("photos", 7, who)
  assert.equal(details.value, 7)
  assert.equal(details.reason, "ERROR")
  await belay.start()
  assert.equal(await client.getNumberValue("photos", 7, who), 30)
})

test("a flag that is not there is told from one that is off", async () => {
  const who = { targetingKey: "usr_1" }
  assert.equal((await client.getBooleanDetails("nothing", true, who)).errorCode, "FLAG_NOT_FOUND")
  const off = await client.getBooleanDetails("vip", true, who)
  assert.equal(off.value, false)
  assert.equal(off.errorCode, undefined)
})
