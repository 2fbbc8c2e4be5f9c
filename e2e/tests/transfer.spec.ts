import { createHmac } from "node:crypto"
import { readFileSync, writeFileSync } from "node:fs"
import { createServer, type IncomingHttpHeaders, type Server } from "node:http"
import { join } from "node:path"
import { test as base, type Page } from "@playwright/test"
import { Belay, master } from "../stack/belay.ts"
import { accessible, confirm, setUp } from "../stack/console.ts"
import { expect } from "../stack/world.ts"

base.slow()

const reason = "set up for a test"
const production = "/environments/production"

/** A Belay with the flags of SiteProof, which may call addresses of this machine. */
const test = base.extend<{ belay: Belay }>({
  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the names of fixtures from this pattern
  belay: async ({}, use) => {
    const belay = new Belay({ BELAY_ALLOW_PRIVATE_WEBHOOKS: "true" })
    await belay.start()
    await belay.makeFlags(true)
    await use(belay)
    await belay.end()
  },
})

/** Presses the button for a file and gives what was written. */
async function exported(page: Page, name = "production.yaml"): Promise<string> {
  const coming = page.waitForEvent("download")
  await page.getByRole("button", { name: "Download the file" }).click()
  const file = await coming
  expect(file.suggestedFilename()).toBe(name)
  return readFileSync(await file.path(), "utf8")
}

async function choose(page: Page, path: string): Promise<void> {
  const choosing = page.waitForEvent("filechooser")
  await page.getByLabel(/^File/).click()
  await (await choosing).setFiles(path)
}

test("a file goes out, comes in with what it would change shown first, and goes out as it was", async ({
  page,
  belay,
}) => {
  await belay.call("POST", `${production}/flags`, {
    key: "greeting",
    description: 'What they read first: ä, "quotes" & more',
    type: "string",
    enabled: true,
    value: "hello",
    tags: ["words"],
    reason,
  })
  await setUp(page, belay.url)
  await page.getByRole("link", { name: "Import & export" }).click()
  await expect(page.getByText("No file chosen")).toBeVisible()
  await accessible(page)
  const first = await exported(page)
  expect(first).toContain("environment: production")

  const here = (name: string, text: string): string => {
    const path = join(belay.folder, name)
    writeFileSync(path, text)
    return path
  }
  const original = here("first.yaml", first)
  await choose(page, original)
  const difference = page.getByRole("region", { name: "In Production" })
  await expect(difference).toContainText("Production is as the file says.")
  await expect(page.getByRole("button", { name: "Apply the file" })).toBeDisabled()

  await choose(page, here("broken.yaml", first.replace("value: hello", "valeu: hello")))
  await expect(page.getByRole("alert")).toContainText(
    /broken\.yaml:\d+:\d+: .*did you mean value\?/,
  )

  const edited = first.replace("value: hello", "value: good morning").replace("- words", "- texts")
  await choose(page, here("edited.yaml", edited))
  await expect(difference).toContainText("0 to add, 1 to change, 0 to remove")
  await difference.getByText("2 fields").click()
  await expect(difference.getByRole("row").filter({ hasText: "value" })).toContainText(
    /"hello".*"good morning"/,
  )
  await accessible(page)
  await page.getByRole("button", { name: "Apply the file" }).click()
  await confirm(page, "Apply the file", "friendlier words")
  await expect(difference).toContainText("Production is as the file says.")
  expect(await belay.call("GET", `${production}/flags/greeting`)).toMatchObject({
    value: "good morning",
    tags: ["texts"],
  })

  await choose(page, original)
  await expect(difference).toContainText("1 to change")
  await page.getByRole("button", { name: "Apply the file" }).click()
  await confirm(page, "Apply the file", "as it was")
  await expect(difference).toContainText("Production is as the file says.")
  expect(await exported(page)).toBe(first)
})

test("Flagsmith’s document comes over with its warnings and the key that apps have", async ({
  page,
  belay,
}) => {
  const key = "ueSB7zfKCHUfLtQMGTHVDT"
  const exportedThere = join(belay.folder, "document.json")
  writeFileSync(
    exportedThere,
    JSON.stringify({
      api_key: key,
      name: "Production",
      project: { segments: [] },
      feature_states: [
        { feature: { id: 1, name: "New Header" }, enabled: true, feature_state_value: null },
        { feature: { id: 2, name: "colour" }, enabled: true, feature_state_value: "blue" },
      ],
    }),
  )
  const asked = (): Promise<Response> =>
    fetch(`${belay.url}/api/v1/flags/`, { headers: { "X-Environment-Key": key } })
  expect((await asked()).status).toBe(401)

  await setUp(page, belay.url)
  // What goes out in Flagsmith's form says before what is not in it.
  await page.goto(`${belay.url}/production/files`)
  await page.getByText("Flagsmith", { exact: true }).click()
  await expect(page.getByText("Components are in it as segments")).toBeVisible()
  const out = JSON.parse(await exported(page, "production.flagsmith.json")) as {
    feature_states: { feature: { name: string } }[]
  }
  expect(out.feature_states.map((s) => s.feature.name)).toContain(master)
  await page.goto(`${belay.url}/staging/files`)
  await choose(page, exportedThere)
  const difference = page.getByRole("region", { name: "In Staging" })
  await expect(difference).toContainText("2 to add, 0 to change, 0 to remove")
  await expect(difference).toContainText('Feature "New Header" is new_header here.')
  await expect(difference).toContainText(`Apps that have the client key ${key} need a new one`)
  await page.getByRole("checkbox", { name: `Adopt its client key ${key}` }).check()
  await expect(difference).not.toContainText("need a new one")
  await expect(difference.getByRole("listitem").filter({ hasText: "client key" })).toBeVisible()
  await accessible(page)
  await page.setViewportSize({ width: 320, height: 700 })
  const wide = await page.evaluate(() => document.documentElement.scrollWidth)
  expect(wide, "nothing stands out at 320 px").toBeLessThanOrEqual(320)
  await page.getByRole("button", { name: "Apply the file" }).click()
  await confirm(page, "Apply the file", "we move here")
  await expect(difference).toContainText("Staging is as the file says.")

  const answer = await asked()
  expect(answer.status).toBe(200)
  const flags = (await answer.json()) as { feature: { name: string }; enabled: boolean }[]
  expect(flags.find((f) => f.feature.name === "new_header")?.enabled).toBe(true)
  // Production stays as it was, and the key is not its.
  expect(await belay.call("GET", `${production}/keys`)).not.toContainEqual(
    expect.objectContaining({ secret: key }),
  )
})

interface Message {
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

/** Another program's address, which takes what it gets unless it is told to fail. */
class Receiver {
  readonly got: Message[] = []
  status = 200
  readonly #server: Server = createServer((request, response) => {
    let body = ""
    request.on("data", (chunk: Buffer) => {
      body += chunk.toString()
    })
    request.on("end", () => {
      this.got.push({ headers: request.headers, body })
      response.writeHead(this.status).end(this.status === 200 ? "thanks" : "out of order")
    })
  })

  start(): Promise<string> {
    return new Promise((resolve) =>
      this.#server.listen(0, "127.0.0.1", () => {
        const at = this.#server.address()
        resolve(`http://127.0.0.1:${typeof at === "object" && at ? at.port : 0}/hook`)
      }),
    )
  }

  stop(): void {
    this.#server.close()
    this.#server.closeAllConnections()
  }
}

/** Checks a signature as docs/reference says, from what was received and the secret alone. */
function signed({ headers, body }: Message, secret: string): boolean {
  const at = String(headers["webhook-timestamp"])
  const own = createHmac("sha256", secret).update(`${at}.${body}`).digest("hex")
  const standard = createHmac("sha256", Buffer.from(secret.replace(/^whsec_/, ""), "base64"))
    .update(`${headers["webhook-id"]}.${at}.${body}`)
    .digest("base64")
  return (
    headers["belay-signature"] === `t=${at},v1=${own}` &&
    headers["webhook-signature"] === `v1,${standard}`
  )
}

test("a webhook is told of a change, signed; what it does not take shows and is sent again", async ({
  page,
  belay,
}) => {
  const receiver = new Receiver()
  const address = await receiver.start()
  await setUp(page, belay.url)
  await page.getByRole("link", { name: "Webhooks" }).click()
  await expect(page.getByText("Nobody is told")).toBeVisible()
  await accessible(page)
  await page.getByRole("button", { name: "Add a webhook" }).first().click()
  const dialog = page.getByRole("dialog")
  await dialog.getByLabel(/^Address/).fill("ftp://hooks.example")
  await confirm(page, "Add the webhook", "the bot announces flags")
  await expect(dialog.getByRole("alert")).toContainText("begins with https://")
  await dialog.getByLabel(/^Address/).fill(address)
  await dialog.getByLabel("What it is for").fill("The bot")
  await dialog.getByRole("checkbox", { name: "Rollouts" }).uncheck()
  await confirm(page, "Add the webhook", "the bot announces flags")
  await expect(dialog).toBeHidden()
  const note = page.getByRole("alert").filter({ hasText: "shown only now" })
  const secret = (await note.getByText(/^whsec_/).textContent()) ?? ""
  await note.getByRole("button", { name: "I have kept it" }).click()
  await expect(page.getByText(secret)).toBeHidden()

  const card = page.getByRole("region", { name: "The bot" })
  await card.getByRole("button", { name: "Send a test" }).click()
  await expect(card.getByRole("listitem", { name: "Test" })).toContainText("Received")
  expect(receiver.got).toHaveLength(1)
  expect(receiver.got.every((m) => signed(m, secret))).toBe(true)
  await accessible(page)

  receiver.status = 503
  await belay.setFault("ncr-form-throws")
  const row = card.getByRole("listitem", { name: /^Revision/ })
  await expect(row).toContainText("Not received")
  await expect(row).toContainText("It answered 503")
  await expect(row).toContainText("out of order")
  await accessible(page)
  receiver.status = 200
  await row.getByRole("button", { name: /again$/ }).click()
  await expect(row).toContainText("Received")
  await expect(row).toContainText("It answered 200")
  const about = receiver.got.filter((m) => m.body.includes("siteproof-fault"))
  expect(about.length).toBeGreaterThanOrEqual(2)
  expect(new Set(about.map((m) => m.headers["webhook-id"])).size).toBe(1)
  expect(about.every((m) => signed(m, secret))).toBe(true)
  expect(JSON.parse(about[0]?.body ?? "{}")).toMatchObject({
    type: "change",
    environment: "production",
    commit: { reason: "the test breaks the new form" },
  })

  // Paused, it is sent nothing; what happened meanwhile comes when it goes on.
  await card.getByRole("button", { name: /^What to do with/ }).click()
  await page.getByRole("menuitem", { name: "Pause" }).click()
  await confirm(page, "Pause it", "the bot moves")
  await expect(card).toContainText("Paused")
  const before = receiver.got.length
  await belay.call("PATCH", `${production}/flags/${master}`, { enabled: false, reason })
  await card.getByRole("button", { name: /^What to do with/ }).click()
  await page.getByRole("menuitem", { name: "Send again" }).click()
  await confirm(page, "Send again", "the bot is there")
  await expect(card.getByRole("listitem", { name: /^Revision/ })).toHaveCount(2)
  await expect(card.getByRole("listitem", { name: /^Revision/ }).first()).toContainText("Received")
  expect(receiver.got.length).toBe(before + 1)

  await card.getByRole("button", { name: /^What to do with/ }).click()
  await page.getByRole("menuitem", { name: "Remove" }).click()
  await confirm(page, "Remove the webhook", "nobody needs it")
  await expect(page.getByText("Nobody is told")).toBeVisible()
  receiver.stop()
})
