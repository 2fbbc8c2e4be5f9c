import { join } from "node:path"
import AxeBuilder from "@axe-core/playwright"
import { test as base } from "@playwright/test"
import { Belay } from "../stack/belay.ts"
import { accessible, confirm, fits, setUp } from "../stack/console.ts"
import { expect } from "../stack/world.ts"

const environment = "/environments/production"
const reason = "a test needs it"

/** A Belay with a flag that gives half of the people a shorter text. */
const test = base.extend<{ belay: Belay }>({
  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the names of fixtures from this pattern
  belay: async ({}, use) => {
    const belay = new Belay()
    await belay.start()
    await belay.call("POST", `${environment}/flags`, {
      key: "buy-button",
      description: "",
      type: "string",
      value: "Buy now",
      enabled: true,
      reason,
    })
    await belay.call("PATCH", `${environment}/flags/buy-button`, {
      variants: [{ key: "short", value: "Buy", weight: 50 }],
      reason,
    })
    await use(belay)
    await belay.end()
  },
})

interface Answer {
  readonly flags: readonly {
    readonly feature: { readonly name: string }
    readonly variant?: string
    readonly metadata?: { readonly experiment?: { readonly in_experiment: boolean } }
  }[]
}

/**
 * People who ask for their flags as Flagsmith's JavaScript client does, report what they were given, and buy: of those
 * with the control one in five, of those with the short text three in five. That is the truth to be found.
 */
async function visit(belay: Belay, prefix: string, people: number): Promise<void> {
  const headers = {
    "X-Environment-Key": belay.clientKey,
    "content-type": "application/json",
    "user-agent":
      "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/140.0.0.0 Safari/537.36",
  }
  const events: object[] = []
  for (let n = 0; n < people; n++) {
    const identifier = `${prefix}${n}`
    const answer = await fetch(`${belay.url}/api/v1/identities/`, {
      method: "POST",
      headers,
      body: JSON.stringify({ identifier, traits: [] }),
    })
    const { flags } = (await answer.json()) as Answer
    const variant = flags.find((f) => f.feature.name === "buy-button")?.variant ?? null
    const timestamp = Date.now()
    const shared = { identifier, traits: null, metadata: {}, timestamp }
    events.push({
      event: "$flag_exposure",
      feature_name: "buy-button",
      value: variant,
      ...shared,
    })
    const buys = variant === "short" ? n % 5 < 3 : n % 5 === 0
    if (buys) {
      events.push({ event: "bought", feature_name: null, value: "20", ...shared })
    }
  }
  const sent = await fetch(`${belay.url}/v1/events`, {
    method: "POST",
    headers,
    body: JSON.stringify({ events }),
  })
  expect(sent.status).toBe(202)
}

test("an experiment is planned, started, filled by Flagsmith's door and finds the truth", async ({
  page,
  belay,
}) => {
  test.slow() // three pages are examined in two themes each
  await visit(belay, "earlier", 300)
  await setUp(page, belay.url)
  await page.getByRole("link", { name: "Experiments", exact: true }).click()
  await expect(page.getByText("No experiments yet")).toBeVisible()
  await page.getByRole("main").getByRole("link", { name: "New experiment" }).first().click()

  await page.getByLabel(/^Name/).fill("Shorter button")
  await page.getByLabel("What is expected").fill("A shorter text is read at a glance.")
  await page.getByLabel("What decides: event").fill("bought")
  await page.getByLabel("Smallest difference that would matter").fill("10")
  const plan = page.getByRole("region", { name: "How long it takes" })
  await expect(plan).toContainText("To find a difference of 10 points on “People who did ‘bought’”")
  await expect(plan).toContainText("people together")
  await accessible(page)
  await fits(page)
  await page.getByLabel(/^Reason/).fill(reason)
  await page.getByRole("button", { name: "Start it" }).click()

  const says = page.getByRole("region", { name: "What it says" })
  await expect(says).toContainText("It is too early to say anything.")

  // Clients are told to report, and do.
  const told = await fetch(`${belay.url}/api/v1/identities/`, {
    method: "POST",
    headers: { "X-Environment-Key": belay.clientKey, "content-type": "application/json" },
    body: JSON.stringify({ identifier: "somebody", traits: [] }),
  })
  expect(JSON.stringify(await told.json())).toContain('"in_experiment":true')
  await visit(belay, "early", 250)
  await visit(belay, "late", 250)

  await expect(says).toContainText(/short is better than control: \+\d+\.\d points/, {
    timeout: 30_000,
  })
  await expect(says).toContainText("95 times in 100")
  await expect(page.getByRole("region", { name: "Who was counted" })).toContainText("500 people")
  await expect(page.getByText("split as planned")).toBeVisible()
  await accessible(page)
  await fits(page)

  // The page to send needs no Belay.
  const download = page.waitForEvent("download")
  await page.getByRole("link", { name: "Page to send" }).click()
  const file = join(belay.folder, "page.html")
  await (await download).saveAs(file)
  const sent = await page.context().newPage()
  await sent.goto(`file://${file}`)
  await expect(sent.getByRole("heading", { level: 1, name: "Shorter button" })).toBeVisible()
  await expect(sent.getByText(/short is better than control/).first()).toBeVisible()
  const ranges = sent.getByRole("img", { name: /People who did ‘bought’: short \+/ })
  await expect(ranges).toBeVisible()
  for (const colorScheme of ["dark", "light"] as const) {
    await sent.emulateMedia({ colorScheme })
    const { violations } = await new AxeBuilder({ page: sent }).analyze()
    expect(violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.html).join(" ")}`)).toEqual([])
  }
  await fits(sent)
  await sent.close()

  await page.getByRole("button", { name: "Stop", exact: true }).click()
  await confirm(page, "Stop it", "the short text it is")
  await expect(says).toContainText("What was made of it: the short text it is")
  await expect(page.getByRole("button", { name: "Stop", exact: true })).toBeHidden()
  await page.getByRole("link", { name: "← Experiments" }).click()
  await expect(page.getByRole("link", { name: "Shorter button" })).toBeVisible()

  const shown = await belay.run("experiment", "list")
  expect(shown.output).toContain("Shorter button")
})
