import type { Locator, Page } from "@playwright/test"
import { form, screen } from "../stack/screens.ts"
import { expect, signIn, test } from "../stack/world.ts"

const words = "Voids up to 40 mm deep on the north face, rebar visible at two places"
const typedFrom = 17
const typedTo = 24

/** What the field's cursor covers, from and to. */
const caret = (field: Locator): Promise<[number | null, number | null]> =>
  field.evaluate((e: HTMLTextAreaElement) => [e.selectionStart, e.selectionEnd])

async function writeAndPlaceCaret(page: Page, address: string): Promise<Locator> {
  await page.goto(address)
  await expect(form(page, "new")).toBeVisible()
  const field = page.getByLabel("Description")
  await field.pressSequentially(words)
  await field.evaluate((e: HTMLTextAreaElement, [from, to]) => e.setSelectionRange(from, to), [
    typedFrom,
    typedTo,
  ] as const)
  return field
}

test("when the form goes back under the hands, focus and selection stay where they were", async ({
  page,
  world,
}) => {
  await signIn(page, world.siteproof)
  const field = await writeAndPlaceCaret(page, `${world.siteproof.url}/ncrs/new`)
  const done = await world.belay.run(
    "rollback",
    "--no-verify",
    "ncr-form",
    "the test takes the form back",
  )
  expect(done.output).toContain("ncr-form")
  expect(done.code).toBe(0)
  await expect(form(page, "old")).toBeVisible()
  await expect(field).toBeFocused()
  expect(await caret(field)).toEqual([typedFrom, typedTo])
  // Keys go on where they would have gone.
  await page.keyboard.type("cracks")
  await expect(field).toHaveValue(`${words.slice(0, typedFrom)}cracks${words.slice(typedTo)}`)
})

test("when everything goes back, the shell changes too and the person types on", async ({
  page,
  world,
}) => {
  await signIn(page, world.siteproof)
  const field = await writeAndPlaceCaret(page, `${world.siteproof.url}/ncrs/new`)
  await page.evaluate(() => Object.assign(window, { sameDocument: true }))
  const done = await world.belay.run("rollback", "--no-verify", "the test takes everything back")
  expect(done.code).toBe(0)
  await expect(form(page, "old")).toBeVisible()
  await expect(field).toBeFocused()
  expect(await caret(field)).toEqual([typedFrom, typedTo])
  expect(await page.evaluate(() => "sameDocument" in window)).toBe(true)
  await page.getByRole("link", { name: "Dashboard" }).first().click()
  await expect(screen(page, "dashboard", "old")).toBeVisible()
})
