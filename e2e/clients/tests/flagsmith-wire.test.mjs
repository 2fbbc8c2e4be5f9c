import assert from "node:assert/strict"
import { after, before, test } from "node:test"
import { startBelay } from "../stack/belay.mjs"

// What clients rely on and no client shows: how long traits stay, and when events come.

let belay
before(async () => {
  belay = await startBelay()
})
after(() => belay.stop())

test("persistent traits stay, transient ones and null go", async () => {
  const ask = async (body) => {
    const r = await fetch(`${belay.url}/api/v1/identities`, {
      method: "POST",
      redirect: "error",
      headers: { "x-environment-key": belay.keys.client_key, "content-type": "application/json" },
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
  await belay.crash()
  await belay.start()
  assert.equal(photos(await ask({ identifier: "bob" })), 30)
  const gone = await ask({ identifier: "bob", traits: [trait(null)] })
  assert.equal(photos(gone), 3)
  assert.deepEqual(gone.traits, [])
  const one = await ask({ traits: [trait("pro")] })
  assert.equal(photos(one), 30)
  assert.equal((await ask({ traits: [trait("pro")] })).identifier, one.identifier)
})

test("the stream tells the current stamp, a change, and the change again", async () => {
  const response = await fetch(
    `${belay.url}/sse/environments/${belay.keys.client_key}/stream?lastEventId=x`,
  )
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
  const head = await fetch(`${belay.url}/api/v1/flags/`, {
    headers: { "x-environment-key": belay.keys.client_key },
  })
  assert.equal(Number(head.headers.get("x-flagsmith-document-updated-at")), stamps[0])
  await belay.change("banner", { value: "new" })
  await next()
  const at = Date.now()
  await next()
  const second = Date.now() - at
  await next()
  await reader.cancel()
  await belay.change("banner", { value: "hello" })
  assert.ok(
    stamps[1] > stamps[0] && stamps[2] === stamps[1] && stamps[3] === stamps[1],
    `${stamps}`,
  )
  assert.ok(second > 1_500 && second < 4_000, `repeated after ${second} ms`)
})
