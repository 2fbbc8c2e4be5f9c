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

/** The rules of axe whose answer depends on colours; all others say the same in both themes. */
const ofColours = ["color-contrast", "link-in-text-block"]

/** What axe finds in a part of the page; colours leaves out all that no theme changes. */
async function barriers(page: Page, part?: string, colours = false): Promise<string[]> {
  // Its usual mode opens a second page to put frames' findings together; the console has no frames.
  const axe = new AxeBuilder({ page }).setLegacyMode(true)
  if (part) axe.include(part)
  if (colours) axe.withRules(ofColours)
  const { violations } = await axe.analyze()
  return violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.html).join(" ")}`)
}

/** Finds what keeps people from using the page as it is now, in both themes. */
export async function accessible(page: Page): Promise<void> {
  for (const colorScheme of ["dark", "light"] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" })
    await expect(page.locator("html")).toHaveAttribute("data-mantine-color-scheme", colorScheme)
    const found = await barriers(page, undefined, colorScheme === "light")
    expect(found, `in the ${colorScheme} theme`).toEqual([])
  }
}

/** Nothing is cut off and nothing has to be scrolled to the side on the smallest phones. */
export async function fits(page: Page, also?: () => Promise<void>): Promise<void> {
  const before = page.viewportSize()
  await page.setViewportSize({ width: 320, height: 640 })
  await expect
    .poll(() => page.evaluate(() => document.documentElement.scrollWidth))
    .toBeLessThanOrEqual(320)
  await also?.()
  if (before) await page.setViewportSize(before)
}

/** Looks for barriers in a part of the page in both themes, in the dark one on the narrowest phone, which must not scroll sideways. */
export async function usable(page: Page, part = "main"): Promise<void> {
  for (const [colorScheme, width] of [
    ["dark", 320],
    ["light", 1280],
  ] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" })
    await page.setViewportSize({ width, height: 800 })
    expect(await barriers(page, part), `${colorScheme}, ${width} px`).toEqual([])
    const wide = await page.evaluate(() => document.documentElement.scrollWidth)
    expect(wide, `${colorScheme}, ${width} px`).toBeLessThanOrEqual(width)
  }
}
