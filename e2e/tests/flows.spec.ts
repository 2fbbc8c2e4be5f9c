import { readFileSync } from "node:fs"
import { test as base } from "@playwright/test"
import { Belay } from "../stack/belay.ts"
import { type Design, screen } from "../stack/screens.ts"
import { Siteproof } from "../stack/siteproof.ts"
import { expect, signIn } from "../stack/world.ts"

interface App {
  readonly siteproof: Siteproof
  readonly design: Design
}

/** One Belay and SiteProof for all flows of a design: the new one for everyone, or for nobody. */
function appWith(design: Design): ReturnType<typeof base.extend<object, { app: App }>> {
  return base.extend<object, { app: App }>({
    app: [
      // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the names of fixtures from this pattern
      async ({}, use) => {
        const belay = new Belay()
        await belay.start()
        await belay.makeFlags(design === "new")
        const siteproof = new Siteproof(belay, "usr_flows")
        await siteproof.start()
        await use({ siteproof, design })
        await siteproof.end()
        await belay.end()
      },
      { scope: "worker", timeout: 60_000 },
    ],
  })
}

for (const design of ["old", "new"] as const) {
  const test = appWith(design)
  test.describe(`${design} design`, () => {
    test(`authentication (${design})`, async ({ page, app }) => {
      await page.goto(`${app.siteproof.url}/`)
      await expect(screen(page, "login", design)).toBeVisible()
      await page.getByLabel("Email").fill(app.siteproof.account.email)
      await page.getByLabel("Password").fill("not the password")
      await page.getByRole("button", { name: "Sign in" }).click()
      await expect(page.getByRole("alert")).toBeVisible()
      await page.getByLabel("Password").fill(app.siteproof.account.password)
      await page.getByRole("button", { name: "Sign in" }).click()
      await expect(page.getByRole("heading", { level: 1, name: "Dashboard" })).toBeVisible()
      await page.reload()
      await expect(page.getByRole("heading", { level: 1, name: "Dashboard" })).toBeVisible()
      await page.getByRole("button", { name: "Sign out" }).click()
      await expect(screen(page, "login", design)).toBeVisible()
      await page.goto(`${app.siteproof.url}/ncrs`)
      await expect(screen(page, "login", design)).toBeVisible()
    })

    test(`dashboard (${design})`, async ({ page, app }) => {
      await signIn(page, app.siteproof)
      await expect(screen(page, "dashboard", design)).toBeVisible()
      await expect(page.getByRole("heading", { name: "Upcoming hold points" })).toBeVisible()
      const order = async (): Promise<string[]> =>
        (await page.getByRole("heading", { level: 2 }).allTextContents()).map((t) => t.trim())
      const before = await order()
      expect(before.length).toBeGreaterThan(2)
      await page.getByRole("button", { name: "Rearrange" }).click()
      await page.getByRole("button", { name: `Move ${before[0]} later` }).click()
      await page.getByRole("button", { name: "Done" }).click()
      const after = await order()
      expect(after.slice(0, 2)).toEqual([before[1], before[0]])
      await page.reload()
      await expect(page.getByRole("heading", { level: 2 }).first()).toHaveText(before[1] ?? "")
      await page.getByRole("button", { name: "Rearrange" }).click()
      await page.getByRole("button", { name: "Reset layout" }).click()
      await expect(page.getByRole("heading", { level: 2 }).first()).toHaveText(before[0] ?? "")
    })

    test(`ITP forms (${design})`, async ({ page, app }) => {
      await signIn(page, app.siteproof)
      await page.getByRole("link", { name: "Inspections" }).first().click()
      await expect(screen(page, "itp-list", design)).toBeVisible()
      await page.getByLabel("Status").selectOption("not-started")
      await page.getByRole("link", { name: /^ITP-/ }).first().click()
      await expect(screen(page, "itp-form", design)).toBeVisible()
      const sign = page.getByRole("button", { name: "Sign hold point" }).first()
      await expect(sign).toBeDisabled()
      // Take everything in order until the first hold point may be signed.
      const open = page.locator('button:not([disabled])[aria-pressed="false"]', {
        hasText: /^Pass$/,
      })
      while (await sign.isDisabled()) {
        const left = await open.count()
        await open.first().click()
        await expect(open).toHaveCount(left - 1)
      }
      await sign.click()
      const dialog = page.getByRole("dialog", { name: "Sign hold point" })
      await dialog.getByRole("button", { name: "Sign", exact: true }).click()
      await expect(dialog).toBeVisible()
      await dialog.getByLabel("Name").fill("Dana Whitfield")
      await dialog.getByLabel("Type signature").check()
      await dialog.getByRole("button", { name: "Sign", exact: true }).click()
      await expect(dialog).toBeHidden()
      await expect(page.getByText("Dana Whitfield").first()).toBeVisible()
      await page.reload()
      await expect(page.getByText(/Dana Whitfield/).nth(1)).toBeVisible()
    })

    test(`NCR workflow (${design})`, async ({ page, app }) => {
      await signIn(page, app.siteproof)
      await page.getByRole("link", { name: "NCRs" }).first().click()
      await expect(screen(page, "ncr-list", design)).toBeVisible()
      await page.getByRole("link", { name: "Raise NCR" }).click()
      await expect(screen(page, "ncr-form", design)).toBeVisible()
      await page.getByRole("button", { name: "Raise NCR" }).click()
      await expect(page.getByLabel("Title")).toHaveAttribute("aria-invalid", "true")
      const title = `Cover too small at slab edge (${design})`
      await page.getByLabel("Title").fill(title)
      await page.getByLabel("Location").fill("Level 2, grid B1")
      await page.getByLabel("Severity").selectOption("major")
      await page.getByLabel("Category").selectOption("workmanship")
      await page.getByLabel("Description").fill("Measured 18 mm, drawing asks for 30 mm")
      await page.getByRole("button", { name: "Raise NCR" }).click()
      await expect(page.getByText(/NCR-\d+ raised\./)).toBeVisible()
      await page.getByRole("link", { name: "All NCRs" }).click()
      await page.getByRole("link", { name: new RegExp(title.replaceAll(/[()]/g, "\\$&")) }).click()
      await expect(screen(page, "ncr-detail", design)).toBeVisible()
      const fill = async (label: string, text: string): Promise<void> => {
        const field = page.getByLabel(label, { exact: true })
        if (await field.isVisible()) await field.fill(text)
      }
      for (const status of ["Investigating", "Disposition", "Verification", "Closed"]) {
        await fill("Root cause", "Spacers missing")
        if (await page.getByLabel("Disposition", { exact: true }).isVisible()) {
          await page.getByLabel("Disposition", { exact: true }).selectOption("repair")
        }
        await fill("Corrective action", "Spacers at 500 mm, checked before the pour")
        await fill("Note", `On to ${status}`)
        // The step forward is the first button of those that are named after steps.
        await page.getByRole("button", { name: stepTo(status) }).click()
        await expect(page.locator('[aria-current="step"]')).toContainText(status)
      }
      await expect(page.getByText("On to Closed").first()).toBeVisible()
    })

    test(`diary export (${design})`, async ({ page, app }) => {
      await signIn(page, app.siteproof)
      await page.getByRole("link", { name: "Diary" }).first().click()
      await expect(screen(page, "diary", design)).toBeVisible()
      await page.getByLabel("Weather").selectOption("showers")
      await page.getByLabel("Temperature (°C)").fill("11")
      await page.getByLabel("Notes").fill("Poured slab, level 3 east")
      await page.getByRole("button", { name: "Save day" }).click()
      await expect(page.getByText("Saved.").first()).toBeVisible()
      await page.getByRole("button", { name: "Export" }).click()
      const dialog = page.getByRole("dialog", { name: "Export diary" })
      const download = async (name: string): Promise<Buffer> => {
        const [file] = await Promise.all([
          page.waitForEvent("download"),
          dialog.getByRole("link", { name }).click(),
        ])
        return readFileSync(await file.path())
      }
      const csv = (await download("Download CSV")).toString("utf8")
      expect(csv).toContain("Poured slab, level 3 east")
      const pdf = await download("Download PDF")
      expect(pdf.subarray(0, 5).toString()).toBe("%PDF-")
      expect(pdf.length).toBeGreaterThan(2_000)
      await dialog.getByRole("button", { name: "Close" }).click()
      await expect(dialog).toBeHidden()
    })
  })
}

/** The forward step's button, by the state it leads to. */
function stepTo(status: string): RegExp {
  return (
    {
      Investigating: /investigat/i,
      Disposition: /disposition|decide/i,
      Verification: /verif/i,
      Closed: /close/i,
    }[status] ?? /$^/
  )
}
