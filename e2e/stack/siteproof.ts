import { writeFileSync } from "node:fs"
import { join } from "node:path"
import type { Belay } from "./belay.ts"
import { siteproofProgram } from "./binaries.ts"
import { freePort, launch, type Program, untilAnswers } from "./process.ts"

/** An account of SiteProof. */
export interface Account {
  readonly id: string
  readonly name: string
  readonly email: string
  readonly password: string
  readonly role: string
}

/** One running SiteProof that reports to a Belay. */
export class Siteproof {
  url = ""
  readonly account: Account
  #belay: Belay
  #program: Program | undefined

  constructor(belay: Belay, userId: string) {
    this.#belay = belay
    this.account = {
      id: userId,
      name: "Dana Whitfield",
      email: "dana@siteproof.test",
      password: "siteproof-e2e",
      role: "site engineer",
    }
  }

  async start(): Promise<void> {
    const port = await freePort()
    this.url = `http://127.0.0.1:${port}`
    const accounts = join(this.#belay.folder, "accounts.json")
    writeFileSync(accounts, JSON.stringify([this.account]))
    this.#program = launch(
      siteproofProgram,
      [
        "serve",
        "--listen",
        `127.0.0.1:${port}`,
        "--data",
        join(this.#belay.folder, "siteproof"),
        "--belay-url",
        this.#belay.url,
        "--client-key",
        this.#belay.clientKey,
        "--accounts",
        accounts,
        "--demo",
      ],
      { SITEPROOF_BELAY_URL: this.#belay.url, SITEPROOF_BELAY_TOKEN: this.#belay.token },
    )
    await untilAnswers(`${this.url}/healthz`, this.#program)
  }

  async end(): Promise<void> {
    await this.#program?.stop()
  }
}
