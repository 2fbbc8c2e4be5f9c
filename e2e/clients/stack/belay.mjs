import assert from "node:assert/strict"
import { execFileSync, spawn } from "node:child_process"
import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { createServer } from "node:net"
import { tmpdir } from "node:os"
import { join, resolve } from "node:path"

export const root = resolve(import.meta.dirname, "../../..")
const binary = resolve(process.env.BELAY_BIN_DIR ?? join(root, "bin"), "belay")
const reason = "the test changes it"

export const people = Array.from({ length: 200 }, (_, n) => `usr_${n}`)

function freePort() {
  return new Promise((done, failed) => {
    const server = createServer()
    server.once("error", failed)
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address()
      server.close(() => done(port))
    })
  })
}

/** Waits until `holds` is true; what it throws meanwhile is only told when it never is. */
export async function until(holds, what, ms = 20_000) {
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

const phase = (name, percent) => ({
  name,
  percent,
  min_dwell: "1h",
  max_dwell: "0s",
  min_users: 0,
  approval: false,
})

/** A rollout of 30 %, which nothing here ends. */
const rollout = {
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
}

/** The real binary on a folder filled by seed/, with a rollout at 30 %. */
export async function startBelay() {
  const folder = mkdtempSync(join(tmpdir(), "belay-clients-"))
  execFileSync("go", ["run", "./e2e/clients/seed", folder], { cwd: root, stdio: "inherit" })
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  let program

  async function start() {
    program = spawn(binary, ["serve", "--listen", `127.0.0.1:${port}`, "--data", folder], {
      stdio: "ignore",
    })
    await until(async () => {
      if (program.exitCode !== null) return true // and nothing after this can pass
      return (await fetch(`${url}/healthz`)).ok
    }, "Belay answers")
    assert.equal(program.exitCode, null, "Belay serves")
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

  await start()
  const keys = (await call("GET", "/environments")).find((e) => e.key === "production")
  const made = await call("POST", "/environments/production/rollouts", rollout)
  await call("POST", `/rollouts/${made.id}/start`, { reason })

  return {
    url,
    keys,
    start,
    crash,
    change: (key, patch) =>
      call("PATCH", `/environments/production/flags/${key}`, { ...patch, reason }),

    /** What OFREP says of somebody: the reference that every other client has to agree with. */
    async reference(who, traits = {}, key = keys.server_key) {
      const response = await fetch(`${url}/ofrep/v1/evaluate/flags`, {
        method: "POST",
        headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
        body: JSON.stringify({ context: { targetingKey: who, ...traits } }),
      })
      const { flags } = await response.json()
      return Object.fromEntries(
        flags.map((f) => [
          f.key,
          {
            enabled: f.metadata.enabled,
            value: typeof f.value === "boolean" ? null : (f.value ?? null),
          },
        ]),
      )
    },

    /** What arrived, newest first, as anybody with the API can read it. */
    telemetry: (query) =>
      call("GET", `/environments/production/telemetry?${new URLSearchParams(query)}`),

    async stop() {
      await crash()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

const traitSets = [{}, { plan: "pro" }, { age: 61 }]

/**
 * Asks a client and OFREP about the same people, with and without traits. Both have to say the same, and the people
 * have to be so many that everything occurs: both sides of the split, the segment, each variant and none.
 */
export async function agree(belay, someone, ask, key) {
  const seen = { split: new Set(), segment: new Set(), variant: new Set() }
  for (const who of someone) {
    for (const traits of traitSets) {
      const told = await belay.reference(who, traits, key)
      const got = await ask(who, traits)
      assert.deepEqual(got, told, `${who} ${JSON.stringify(traits)}`)
      seen.split.add(told["ncr-form"].enabled)
      seen.segment.add(told.photos.value)
      seen.variant.add(told.cta.value)
    }
  }
  assert.deepEqual([...seen.split].sort(), [false, true])
  assert.deepEqual([...seen.segment].sort(), [3, 30])
  assert.deepEqual([...seen.variant].sort(), ["Big", "Small", "plain"])
}

/** Sums what a feature was counted as evaluated in the analytics that arrived. */
export async function evaluations(belay, feature) {
  const events = await belay.telemetry({ kind: "event", name: "flag_evaluations", limit: "500" })
  return events.reduce((sum, e) => sum + (e.properties?.[feature] ?? 0), 0)
}
