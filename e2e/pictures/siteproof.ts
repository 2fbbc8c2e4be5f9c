import type { Page } from "@playwright/test"
import { Belay, master } from "../stack/belay.ts"
import { keep, test } from "../stack/picture.ts"
import { screen } from "../stack/screens.ts"
import { Siteproof } from "../stack/siteproof.ts"
import { expect, signIn } from "../stack/world.ts"

/** Nothing on the page waits for data any more. */
async function everythingLoaded(page: Page): Promise<void> {
  await expect(page.locator('[aria-busy="true"], [data-loading]')).toHaveCount(0)
}

for (const design of ["old", "new"] as const) {
  test(`SiteProof in the ${design} design`, async ({ page, onEnd }) => {
    const belay = new Belay()
    onEnd(() => belay.end())
    await belay.start()
    await belay.makeFlags(design === "new")
    const siteproof = new Siteproof(belay, "usr_pictures")
    onEnd(() => siteproof.end())
    await siteproof.start()
    const { url } = siteproof
    expect((await belay.flagsOf("usr_pictures"))[master] === true).toBe(design === "new")

    await page.goto(`${url}/login`)
    await expect(screen(page, "login", design)).toBeVisible()
    await keep(page, `siteproof-login-${design}`)

    await signIn(page, siteproof)
    await expect(screen(page, "dashboard", design)).toBeVisible()
    await expect(page.getByRole("heading", { name: "Upcoming hold points" })).toBeVisible()
    await everythingLoaded(page)
    await keep(page, `siteproof-dashboard-${design}`)

    await page.getByRole("link", { name: "Inspections" }).first().click()
    await expect(screen(page, "itp-list", design)).toBeVisible()
    await page.getByLabel("Status").selectOption("in-progress")
    await page.getByRole("link", { name: /^ITP-/ }).first().click()
    await expect(screen(page, "itp-form", design)).toBeVisible()
    await everythingLoaded(page)
    await keep(page, `siteproof-itp-${design}`)

    await page.goto(`${url}/ncrs/new`)
    await expect(screen(page, "ncr-form", design)).toBeVisible()
    await page.getByLabel("Title").fill("Honeycombing in column C4")
    await page.getByLabel("Location").fill("Level 3, grid C4")
    await page.getByLabel("Severity").selectOption("major")
    await page.getByLabel("Category").selectOption("workmanship")
    await page
      .getByLabel("Description")
      .fill("Voids up to 40 mm deep on the north face, rebar visible at two places.")
    await expect(page.getByText("Draft kept on this device").first()).toBeVisible()
    await page.evaluate(() => window.scrollTo(0, 0))
    await keep(page, `siteproof-ncr-${design}`)

    await page.goto(`${url}/diary`)
    await expect(screen(page, "diary", design)).toBeVisible()
    await everythingLoaded(page)
    await keep(page, `siteproof-diary-${design}`)
  })
}
