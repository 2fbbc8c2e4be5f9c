import AxeBuilder from "@axe-core/playwright"
import { expect, type Page } from "@playwright/test"

/** Somebody who works with the console. */
export interface Colleague {
  readonly name: string
  readonly email: string
  readonly password: string
}

/** The first administrator. */
export const ines: Colleague = {
  name: "Ines Kovač",
  email: "ines@belay.test",
  password: "rope and harness",
}

/** Makes the first administrator, who is then signed in. */
export async function setUp(page: Page, url: string): Promise<void> {
  await page.goto(url)
  await page.getByLabel(/^Name/).fill(ines.name)
  await page.getByLabel(/^Email/).fill(ines.email)
  await page.getByLabel(/^Password/).fill(ines.password)
  await page.keyboard.press("Enter")
  await expect(page.getByRole("heading", { level: 1, name: "Overview" })).toBeVisible()
}

/** Signs somebody in who was let in before. */
export async function signIn(page: Page, url: string, who: Colleague): Promise<void> {
  await page.goto(url)
  await page.getByLabel(/^Email/).fill(who.email)
  await page.getByLabel(/^Password/).fill(who.password)
  await page.keyboard.press("Enter")
  await expect(page.getByRole("heading", { level: 1, name: "Overview" })).toBeVisible()
}

/** Gives the reason that the open dialog asks for, and confirms it. */
export async function confirm(page: Page, button: string, reason: string): Promise<void> {
  const dialog = page.getByRole("dialog")
  await dialog.getByLabel(/^Reason/).fill(reason)
  await dialog.getByRole("button", { name: button, exact: true }).click()
}

/** Finds what keeps people from using the page as it is now, in both themes. */
export async function accessible(page: Page): Promise<void> {
  for (const colorScheme of ["dark", "light"] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" })
    await expect(page.locator("html")).toHaveAttribute("data-mantine-color-scheme", colorScheme)
    const { violations } = await new AxeBuilder({ page }).analyze()
    const found = violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.html).join(" ")}`)
    expect(found, `in the ${colorScheme} theme`).toEqual([])
  }
}
