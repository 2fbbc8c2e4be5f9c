import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { belayProgram } from "./binaries.ts"
import { freePort, launch, type Program, untilAnswers } from "./process.ts"

/** The components that exist in two designs, below the master flag. */
export const components = ["auth", "dashboard", "itp-form", "ncr-form", "diary"] as const
export const master = "design-system-v2"
export const faultFlag = "siteproof-fault"

/** One running Belay with its own data folder. */
export class Belay {
  readonly folder: string = mkdtempSync(join(tmpdir(), "belay-e2e-"))
  readonly dataDir: string = join(this.folder, "belay")
  url = ""
  clientKey = ""
  #port = 0
  #program: Program | undefined
  readonly #settings: Record<string, string>

  /** `settings` are those of `belay serve`, as variables of its environment. */
  constructor(settings: Record<string, string> = {}) {
    this.#settings = settings
  }

  /** Starts it; after `kill` or `stop` it starts again on the same port and data. */
  async start(): Promise<void> {
    this.#port ||= await freePort()
    this.url = `http://127.0.0.1:${this.#port}`
    this.#program = launch(
      belayProgram,
      ["serve", "--listen", `127.0.0.1:${this.#port}`, "--data", this.dataDir],
      this.#settings,
    )
    await untilAnswers(`${this.url}/healthz`, this.#program)
    const environments = await this.call<{ key: string; client_key: string }[]>(
      "GET",
      "/environments",
    )
    this.clientKey = environments.find((e) => e.key === "production")?.client_key ?? ""
  }

  /** The command line's token, from the data folder. */
  get token(): string {
    return readFileSync(join(this.dataDir, "cli.token"), "utf8").trim()
  }

  kill(): Promise<void> {
    return this.#program?.kill() ?? Promise.resolve()
  }

  async end(): Promise<void> {
    await this.#program?.stop()
    rmSync(this.folder, { recursive: true, force: true })
  }

  output(): string {
    return this.#program?.output() ?? ""
  }

  /** Calls the API as the command line does. */
  async call<T>(method: string, path: string, body?: unknown): Promise<T> {
    const response = await fetch(`${this.url}/api/v1${path}`, {
      method,
      headers: { authorization: `Bearer ${this.token}`, "content-type": "application/json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const text = await response.text()
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`)
    return JSON.parse(text) as T
  }

  /** Runs a command of the binary against this Belay and gives what it printed. */
  async run(...args: readonly string[]): Promise<{ code: number; output: string }> {
    const { spawnSync } = await import("node:child_process")
    const done = spawnSync(belayProgram, [...args, "--url", this.url, "--data", this.dataDir], {
      encoding: "utf8",
      timeout: 120_000,
    })
    return { code: done.status ?? -1, output: `${done.stdout}${done.stderr}` }
  }

  /** Makes the flags of SiteProof's migration. `on` gives every component to everyone. */
  async makeFlags(on: boolean): Promise<void> {
    const reason = "set up for a test"
    await this.call("POST", "/environments/production/flags", {
      key: master,
      description: "The new design",
      type: "boolean",
      enabled: on,
      reason,
    })
    await this.call("POST", "/environments/production/flags", {
      key: faultFlag,
      description: "Breaks SiteProof on purpose",
      type: "string",
      enabled: true,
      value: "none",
      reason,
    })
    for (const key of components) {
      await this.call("POST", "/environments/production/flags", {
        key,
        description: key,
        type: "boolean",
        enabled: true,
        parent: master,
        reason,
      })
    }
  }

  /** Plans and starts a rollout of the new design; gives its id. */
  async startRollout(plan: unknown): Promise<string> {
    const made = await this.call<{ id: string }>("POST", "/environments/production/rollouts", {
      name: "New design",
      flag: master,
      components,
      plan,
      reason: "set up for a test",
    })
    await this.call("POST", `/rollouts/${made.id}/start`, { reason: "the test begins" })
    return made.id
  }

  /** Breaks (or repairs) the new NCR form for everyone who has it. */
  async setFault(value: "ncr-form-throws" | "none"): Promise<void> {
    await this.call("PATCH", `/environments/production/flags/${faultFlag}`, {
      value,
      reason: "the test breaks the new form",
    })
  }

  /** The flags that an identity gets, asked for as a page does. */
  async flagsOf(identity: string): Promise<Record<string, unknown>> {
    const response = await fetch(`${this.url}/ofrep/v1/evaluate/flags`, {
      method: "POST",
      headers: { authorization: `Bearer ${this.clientKey}`, "content-type": "application/json" },
      body: JSON.stringify({ context: { targetingKey: identity } }),
    })
    const answer = (await response.json()) as { flags: { key: string; value?: unknown }[] }
    return Object.fromEntries(answer.flags.map((f) => [f.key, f.value]))
  }

  /** An identity that has (or has not) the new design now. */
  async identity(hasNew: boolean): Promise<string> {
    for (let n = 1; n < 2_000; n++) {
      const id = `usr_test${n}`
      if (((await this.flagsOf(id))[master] === true) === hasNew) return id
    }
    throw new Error(`no identity ${hasNew ? "with" : "without"} the new design among 2,000`)
  }
}
