import { test as base, type Locator, type Page } from "@playwright/test"
import { Belay } from "../stack/belay.ts"
import { accessible, type Colleague, confirm, setUp, signIn, usable } from "../stack/console.ts"
import { expect } from "../stack/world.ts"

base.slow()

const reason = "set up for a test"
const production = "/environments/production"
const mara: Colleague = {
  name: "Mara Lind",
  email: "mara@belay.test",
  password: "anchor and carabiner",
}
const ivo: Colleague = {
  name: "Ivo Kranz",
  email: "ivo@belay.test",
  password: "harness and anchor",
}

/** A Belay with one flag that is off, and a colleague who may change flags. */
const test = base.extend<{ belay: Belay }>({
  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the names of fixtures from this pattern
  belay: async ({}, use) => {
    const belay = new Belay()
    await belay.start()
    await belay.call("POST", `${production}/flags`, {
      key: "banner",
      description: "Words above every page",
      type: "string",
      enabled: false,
      value: "hello",
      reason,
    })
    await use(belay)
    await belay.end()
  },
})

interface Flag {
  readonly enabled: boolean
  readonly value: unknown
}

/** Whether the flag of the page is on. */
const state = (page: Page): Locator =>
  page.getByRole("region", { name: "State" }).getByRole("switch")

const banner = (belay: Belay): Promise<Flag> =>
  belay.call<Flag>("GET", `${production}/flags/banner`)

test("where approvals are asked for a colleague has to agree, and switching off waits for nobody", async ({
  page,
  browser,
  belay,
}) => {
  await setUp(page, belay.url)
  await belay.call("POST", "/people", { ...mara, role: "operator", reason })
  await belay.call("PATCH", production, { settings: { approvals: 1 }, reason })

  // One proposes …
  await page.goto(`${belay.url}/production/flags/banner`)
  await state(page).click()
  await page.getByRole("button", { name: "Review and save" }).click()
  const answer = page.waitForResponse((r) => r.request().method() === "PATCH")
  await confirm(page, "Save", "the sale begins")
  expect((await answer).status()).toBe(202)
  const dialog = page.getByRole("dialog")
  await expect(dialog).toContainText("Not made yet")
  await expect(dialog).toContainText("the approval of one other person")
  await dialog.getByRole("button", { name: "Close" }).last().click()
  await expect(state(page)).not.toBeChecked()
  expect((await banner(belay)).enabled).toBe(false)
  const waiting = page.getByRole("region", { name: "Not made yet" })
  await expect(waiting).toContainText("It waits for the approval of one other person.")
  await expect(waiting).toContainText("Ines Kovač: the sale begins")
  await accessible(page)

  // … and cannot agree with themselves, whatever they try.
  await waiting.getByRole("link", { name: "Turn banner on" }).click()
  await expect(page.getByText("A colleague has to approve this")).toBeVisible()
  await expect(page.getByRole("button", { name: "Approve" })).toBeHidden()
  const id = page.url().split("/").at(-1)
  const own = await page.request.post(`${belay.url}/api/v1/changes/${id}/approve`, {
    headers: { "X-Belay-Console": "1" },
    data: { reason: "nobody looks" },
  })
  expect(own.status()).toBe(403)
  expect(await own.text()).toContain("nobody approves their own change")

  // An account that they make is nobody else's, and says so before it is tried.
  const elsewhere = await browser.newContext()
  const second = await elsewhere.newPage()
  await page.request.post(`${belay.url}/api/v1/people`, {
    headers: { "X-Belay-Console": "1" },
    data: { ...ivo, role: "operator", reason },
  })
  await signIn(second, belay.url, ivo)
  await second.goto(page.url())
  await expect(second.getByRole("alert")).toContainText(
    "Ivo Kranz and Ines Kovač count as one person: Ines Kovač gave Ivo Kranz the account",
  )
  await expect(second.getByRole("button", { name: "Approve" })).toBeDisabled()
  await expect(second.getByText("May be approved by Mara Lind.")).toBeVisible()
  await usable(second)
  await elsewhere.clearCookies()

  // The colleague sees that it waits for her, looks and agrees.
  await signIn(second, belay.url, mara)
  const changes = second.getByRole("link", { name: "Changes" })
  await expect(changes).toContainText("1")
  await changes.click()
  await expect(second.getByRole("region", { name: "Waits for you" })).toBeVisible()
  await accessible(second)
  await second.getByRole("link", { name: "Turn banner on" }).click()
  const diff = second.getByRole("row").filter({ hasText: "enabled" })
  await expect(diff).toContainText(/false.*true/)
  await second.getByRole("button", { name: "Approve" }).click()
  await confirm(second, "Approve", "we talked about it")
  await expect(second.getByRole("heading", { level: 1 })).toContainText("Made")
  expect((await banner(belay)).enabled).toBe(true)
  // Whoever proposed it sees that it was made, without asking again.
  await expect(page.getByRole("heading", { level: 1 })).toContainText("Made")
  await elsewhere.close()

  // In an emergency it goes off at once, and the journal says that nobody was asked.
  await page.goto(`${belay.url}/production/flags/banner`)
  await state(page).click()
  await page.getByRole("button", { name: "Review and save" }).click()
  await confirm(page, "Save", "the banner hides the form")
  await expect(page.getByRole("dialog")).toBeHidden()
  expect((await banner(belay)).enabled).toBe(false)
  await page.getByRole("link", { name: "Audit" }).click()
  const commit = page.getByRole("listitem").filter({ hasText: "the banner hides the form" })
  await expect(commit).toContainText("without approval: switching off is never held up")
  await accessible(page)
})

test("a change is given a time, shows on its flag, can be cancelled, and is made by itself", async ({
  page,
  belay,
}) => {
  await setUp(page, belay.url)
  await page.getByRole("link", { name: "Changes" }).click()
  await expect(page.getByText("Nothing waits")).toBeVisible()
  await page.getByRole("button", { name: "Plan a change" }).first().click()
  const dialog = page.getByRole("dialog")
  await dialog.getByRole("combobox", { name: "Flag" }).click()
  await page.getByRole("option", { name: "banner" }).click()
  const year = new Date().getFullYear() + 1
  // Within a year from now, on whatever day this runs.
  await dialog.getByLabel(/^When/).fill(`${year}-01-01T09:00`)
  await dialog.getByLabel(/^Time zone/).fill("Europe/Berlin")
  await confirm(page, "Plan it", "the new year begins")
  await expect(dialog).toBeHidden()
  const row = page.getByRole("listitem").filter({ hasText: "Turn banner on" })
  await expect(row).toContainText("Scheduled")

  await page.goto(`${belay.url}/production/flags/banner`)
  const waiting = page.getByRole("region", { name: "Not made yet" })
  await expect(waiting).toContainText(/It is scheduled for .*Jan.*9:00.*\(Europe\/Berlin\)/)
  await accessible(page)
  await waiting.getByRole("link", { name: "Turn banner on" }).click()
  await page.getByRole("button", { name: "Cancel" }).click()
  await confirm(page, "Cancel the change", "there is no party")
  await expect(page.getByRole("heading", { level: 1 })).toContainText("Withdrawn")
  await page.goto(`${belay.url}/production/flags/banner`)
  await expect(state(page)).not.toBeChecked()
  await expect(waiting).toBeHidden()

  const soon = new Date(Date.now() + 2_000).toISOString()
  const planned = await belay.run("flag", "on", "banner", "the sale begins", "--at", soon)
  expect(planned.output).toContain("not made yet")
  expect(planned.code).toBe(4)
  await expect(state(page)).toBeChecked()
  await page.getByRole("link", { name: "Changes" }).click()
  const history = page.getByRole("region", { name: "History" })
  await expect(history.getByRole("listitem").filter({ hasText: "the sale begins" })).toContainText(
    "Made",
  )
})

test("a change is undone from the audit, and the flag is as it was", async ({ page, belay }) => {
  await setUp(page, belay.url)
  const before = await banner(belay)
  await page.goto(`${belay.url}/production/flags/banner`)
  await page.getByLabel("Value", { exact: true }).fill("hurry")
  await state(page).click()
  await page.getByRole("button", { name: "Review and save" }).click()
  await confirm(page, "Save", "the sale ends soon")
  await expect(page.getByRole("dialog")).toBeHidden()
  expect(await banner(belay)).toMatchObject({ enabled: true, value: "hurry" })

  await page.getByRole("link", { name: "Audit" }).click()
  const commit = page.getByRole("listitem").filter({ hasText: "the sale ends soon" })
  await commit.getByText("Before and after").click()
  await expect(commit.getByRole("row").filter({ hasText: "value" })).toContainText(
    /"hello".*"hurry"/,
  )
  await commit.getByRole("button", { name: /^Undo revision/ }).click()
  const dialog = page.getByRole("dialog")
  await expect(dialog.getByRole("row").filter({ hasText: "value" })).toContainText(
    /"hurry".*"hello"/,
  )
  await expect(dialog.getByRole("row").filter({ hasText: "enabled" })).toContainText(/true.*false/)
  await accessible(page)
  await confirm(page, "Undo it", "there was no sale")
  await expect(dialog).toBeHidden()
  // When it was changed last is another moment; everything else is as it was.
  const moments = { version: 0, updated_at: "", steady_at: "" }
  expect({ ...(await banner(belay)), ...moments }).toEqual({ ...before, ...moments })
  await expect(
    page.getByRole("listitem").filter({ hasText: "there was no sale" }).first(),
  ).toContainText("Undid")
})

test("settings that somebody else changes show at once, and take nothing that is typed", async ({
  page,
  belay,
}) => {
  await setUp(page, belay.url)
  await page.getByRole("link", { name: "Environments" }).click()
  const hidden = page.getByRole("switch", { name: "Hide flags that are off" })
  await expect(page.getByLabel("Approvals")).toHaveValue("0")
  await page.getByLabel("Approvals").fill("2")
  await belay.call("PATCH", production, { settings: { hide_disabled_flags: true }, reason })
  await expect(hidden).toBeChecked()
  await expect(page.getByLabel("Approvals")).toHaveValue("2")
  await page.getByRole("button", { name: "Save the settings" }).click()
  await confirm(page, "Save the settings", "two people look")
  await expect(page.getByRole("dialog")).toBeHidden()
  const all = await belay.call<{ key: string; settings: unknown }[]>("GET", "/environments")
  expect(all.find((e) => e.key === "production")?.settings).toMatchObject({
    hide_disabled_flags: true,
    approvals: 2,
  })
})
