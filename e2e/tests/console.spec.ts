import type { Locator, Page } from "@playwright/test"
import { form, screen } from "../stack/screens.ts"
import { expect, signIn, test, visitors } from "../stack/world.ts"

const administrator = {
  name: "Ines Kovač",
  email: "ines@belay.test",
  password: "rope and harness",
} as const

/** Types what a field wants; the field has the focus already. */
async function type(page: Page, label: RegExp | string, text: string): Promise<void> {
  await expect(page.getByLabel(label, { exact: typeof label === "string" })).toBeFocused()
  await page.keyboard.type(text)
}

/** Presses Tab until something has the focus, as a person without a mouse does. */
async function tabTo(page: Page, target: Locator): Promise<void> {
  await expect(target).toBeVisible()
  for (let presses = 0; presses < 60; presses++) {
    if (await target.evaluate((e) => e === document.activeElement)) return
    await page.keyboard.press("Tab")
  }
  throw new Error(`not reached with 60 presses of Tab: ${target}`)
}

/** Makes the first administrator over the console, with the keyboard alone. */
async function setUp(page: Page, url: string): Promise<void> {
  await page.goto(url)
  await expect(page.getByRole("heading", { name: "Welcome. Who are you?" })).toBeVisible()
  await type(page, /^Name/, administrator.name)
  await page.keyboard.press("Tab")
  await type(page, /^Email/, administrator.email)
  await page.keyboard.press("Tab")
  await type(page, /^Password/, administrator.password)
  await page.keyboard.press("Enter")
  await expect(page.getByRole("heading", { level: 1, name: "Overview" })).toBeVisible()
}

async function signInToConsole(page: Page, url: string): Promise<void> {
  await page.goto(url)
  await expect(page.getByRole("heading", { name: "Sign in" })).toBeVisible()
  await type(page, /^Email/, administrator.email)
  await page.keyboard.press("Tab")
  await type(page, /^Password/, administrator.password)
  await page.keyboard.press("Enter")
  await expect(page.getByRole("heading", { level: 1, name: "Overview" })).toBeVisible()
}

test("the console shows live how a broken form is taken back", async ({ page, world }) => {
  const crowd = visitors(world.belay, 80)
  await setUp(page, world.belay.url)
  const card = page.getByRole("link", { name: /New design/ }).first()
  await expect(card).toContainText("5 % of people have the new version.")
  await expect(page.getByText("Nothing needs you.", { exact: false })).toBeVisible()
  await page.evaluate(() => Object.assign(window, { sameDocument: true }))

  await card.click()
  await expect(page.getByRole("heading", { level: 1, name: "New design" })).toBeVisible()
  const part = page
    .getByRole("listitem")
    .filter({ hasText: "ncr-form" })
    .filter({ hasText: "Seen by" })
  // Cohorts grow while one looks.
  await expect(part.getByText(/Seen by/).getByText(/^[1-9]/)).toBeVisible({ timeout: 30_000 })
  await expect(part.getByText("Healthy", { exact: true })).toBeVisible({ timeout: 30_000 })

  await world.belay.setFault("ncr-form-throws")
  const where = page.getByRole("region", { name: "Where it stands" })
  await expect(where).toContainText("Going on without ncr-form.", { timeout: 60_000 })
  await expect(where).toContainText("5 % of people have the new version.")
  await expect(part.getByText("Taken back", { exact: true })).toBeVisible()
  await expect(part.getByText(/Taken back .* by Belay:/)).toBeVisible()
  await expect(page.getByText("4 of 5 on")).toBeVisible()

  await page.getByRole("link", { name: "Overview" }).click()
  await expect(page.getByRole("heading", { level: 1, name: "Overview" })).toBeVisible()
  await expect(page.getByText("1 not resolved")).toBeVisible()
  expect(await page.evaluate(() => "sameDocument" in window)).toBe(true)
  await crowd.stop()
})

test("everything is rolled back from the console with the keyboard alone", async ({
  page,
  browser,
  world,
}) => {
  await setUp(page, world.belay.url)
  // The administrator is made once; whoever comes next signs in.
  const person = await browser.newContext()
  const site = await person.newPage()
  await signIn(site, world.siteproof)
  await site.goto(`${world.siteproof.url}/ncrs/new`)
  await expect(form(site, "new")).toBeVisible()
  await site.getByLabel("Title").pressSequentially("Half a title")

  const stranger = await browser.newContext()
  const second = await stranger.newPage()
  await signInToConsole(second, world.belay.url)
  await tabTo(second, second.getByRole("link", { name: "Rollouts" }))
  await second.keyboard.press("Enter")
  await tabTo(second, second.getByRole("main").getByRole("link", { name: /New design/ }))
  await second.keyboard.press("Enter")
  await tabTo(second, second.getByRole("button", { name: "Bring everyone back" }))
  await second.keyboard.press("Enter")
  const dialog = second.getByRole("dialog", { name: "Roll back" })
  await type(second, /^Reason/, "Support is overrun")
  await expect(dialog.getByRole("button", { name: "Roll everything back" })).toBeDisabled()
  await tabTo(second, dialog.getByLabel(/^Type roll back/))
  await second.keyboard.type("roll back")
  await second.keyboard.press("Enter")
  await expect(dialog).toBeHidden()
  const over = /Everybody has the old version/
  await expect(second.getByRole("region", { name: "Where it stands" })).toContainText(over)
  // Who has the console open elsewhere, and who works in SiteProof, sees it as well.
  await expect(page.getByText(over)).toBeVisible()
  await expect(form(site, "old")).toBeVisible()
  await expect(site.getByLabel("Title")).toHaveValue("Half a title")

  const { state } = await world.belay.call<{ state: string }>("GET", `/rollouts/${world.rollout}`)
  expect(state).toBe("rolled_back")
  await second.getByRole("link", { name: "Audit" }).click()
  const row = second.getByText("Support is overrun").first()
  await expect(row).toBeVisible()
  await expect(second.getByRole("main")).toContainText(administrator.name)
  await site.getByRole("link", { name: "Dashboard" }).first().click()
  await expect(screen(site, "dashboard", "old")).toBeVisible()
  await stranger.close()
  await person.close()
})
