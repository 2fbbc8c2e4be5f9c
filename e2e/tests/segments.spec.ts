import AxeBuilder from "@axe-core/playwright"
import { test as base, type Page } from "@playwright/test"
import { Belay } from "../stack/belay.ts"
import { setUp } from "../stack/console.ts"
import { expect } from "../stack/world.ts"

const environment = "/environments/production"

/** A Belay with flags, and with thirty people of whom every third pays. */
const test = base.extend<{ belay: Belay }>({
  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the names of fixtures from this pattern
  belay: async ({}, use) => {
    const belay = new Belay()
    await belay.start()
    await belay.makeFlags(true)
    for (let n = 0; n < 30; n++) {
      const traits = { plan: n % 3 === 0 ? "pro" : "free", age: 20 + n, company: `c${n % 5}` }
      await fetch(`${belay.url}/api/v1/identities/`, {
        method: "POST",
        headers: { "X-Environment-Key": belay.clientKey, "content-type": "application/json" },
        body: JSON.stringify({
          identifier: `usr_${n}`,
          traits: Object.entries(traits).map(([trait_key, trait_value]) => ({
            trait_key,
            trait_value,
          })),
        }),
      })
    }
    await use(belay)
    await belay.end()
  },
})

/** Finds what keeps people from using the page as it is now. */
async function accessible(page: Page): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).analyze()
  expect(violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.html).join(" ")}`)).toEqual([])
}

/** Presses Tab until the field or button of that name has the focus, as a person without a mouse does. */
async function tabTo(page: Page, name: string): Promise<void> {
  for (let presses = 0; presses < 80; presses++) {
    const label = await page.evaluate(
      () =>
        document.activeElement?.getAttribute("aria-label") ?? document.activeElement?.textContent,
    )
    if (label === name) return
    await page.keyboard.press("Tab")
  }
  throw new Error(`not reached with 80 presses of Tab: ${name}`)
}

test("a segment with nested rules is made by keyboard, counted, linted and explained", async ({
  page,
  belay,
}) => {
  await setUp(page, belay.url)
  await page.getByRole("link", { name: "Segments", exact: true }).click()
  await expect(page.getByText("No segments yet")).toBeVisible()
  await accessible(page)
  await page.getByRole("main").getByRole("link", { name: "New segment" }).first().click()

  // Two conditions of which any is enough.
  await expect(page.getByLabel(/^Key/)).toBeFocused()
  await page.keyboard.type("payers")
  await tabTo(page, "Condition 1 of group 1: what")
  await page.keyboard.type("plan")
  await page.keyboard.press("Escape")
  await tabTo(page, "Condition 1 of group 1: value")
  await page.keyboard.type("pro")
  const who = page.getByRole("region", { name: "Who is in" })
  await expect(who).toContainText("10 of 30 known people (33 %)")
  await tabTo(page, "Add a condition to group 1")
  await page.keyboard.press("Enter")
  await expect(page.getByRole("combobox", { name: "Condition 2 of group 1: what" })).toBeFocused()
  await expect(who).toContainText("One condition does not say yet what it is about.")
  await page.keyboard.type("age")
  await page.keyboard.press("Escape")
  await page.getByRole("combobox", { name: "Condition 2 of group 1: how" }).click()
  await page.getByRole("option", { name: "is above", exact: true }).click()
  await tabTo(page, "Condition 2 of group 1: value")
  await page.keyboard.type("40")
  await expect(who).toContainText("plan is pro, or age is above 40")
  await expect(who).toContainText("16 of 30 known people (53 %)")

  // A group inside, which nobody may be in: the split is not read alike by every client until it is written in full.
  await tabTo(page, "Add a group to group 1")
  await page.keyboard.press("Enter")
  await page.keyboard.type("company")
  await page.keyboard.press("Escape")
  await page.getByRole("combobox", { name: "Condition 1 of group 1.1: how" }).click()
  await page.getByRole("option", { name: "is in the first" }).click()
  await expect(page.getByText("named without its path", { exact: false })).toBeVisible()
  await page.getByRole("button", { name: "Use $.identity.traits.company" }).click()
  await expect(page.getByRole("combobox", { name: "Condition 1 of group 1.1: what" })).toHaveValue(
    "$.identity.traits.company",
  )
  await expect(page.getByText("named without its path", { exact: false })).toBeHidden()
  await accessible(page)

  await page.getByRole("button", { name: "Remove group 1.1" }).click()
  await page.getByRole("button", { name: "Make the segment" }).click()
  await page
    .getByRole("dialog")
    .getByLabel(/^Reason/)
    .fill("a test needs it")
  await page.keyboard.press("Enter")
  await expect(page.getByRole("link", { name: "payers" })).toBeVisible()
  await expect(page.getByText("plan is pro, or age is above 40")).toBeVisible()

  // What the server refuses is said at its field.
  await page.getByRole("link", { name: "payers" }).click()
  await page.getByRole("combobox", { name: "Condition 1 of group 1: how" }).click()
  await page.getByRole("option", { name: "matches" }).click()
  await page.getByLabel("Condition 1 of group 1: value").fill("(")
  await expect(
    page.getByText('the pattern "(" cannot be read', { exact: false }).first(),
  ).toBeVisible()
})

test("somebody is looked up, and why they get a flag is shown and tried", async ({
  page,
  belay,
}) => {
  const reason = "a test needs it"
  await belay.call("PUT", `${environment}/segments/payers`, {
    rules: [
      {
        type: "ALL",
        conditions: [],
        rules: [
          {
            type: "ANY",
            conditions: [{ property: "plan", operator: "EQUAL", value: "pro" }],
            rules: [],
          },
        ],
      },
    ],
    reason,
  })
  await setUp(page, belay.url)
  await page.getByRole("link", { name: "People", exact: true }).click()
  await expect(page.getByText("30 known")).toBeVisible()
  await accessible(page)
  await page.getByLabel("Identity", { exact: true }).fill("usr_1")
  await page.getByRole("link", { name: "usr_1", exact: true }).click()
  await expect(page.getByRole("heading", { level: 1, name: "usr_1" })).toBeVisible()
  await expect(page.getByText("They are in none.")).toBeVisible()
  await accessible(page)

  // Support changes a trait, with a reason.
  await page.getByLabel("Value of plan").fill("pro")
  await page.keyboard.press("Enter")
  await page.getByRole("button", { name: "Save" }).click()
  await page
    .getByRole("dialog")
    .getByLabel(/^Reason/)
    .fill("they paid")
  await page.keyboard.press("Enter")
  await expect(page.getByRole("link", { name: "payers" })).toBeVisible()

  await page.getByRole("link", { name: "Why? ncr-form" }).click()
  await expect(page.getByRole("heading", { name: "ncr-form is on for usr_1" })).toBeVisible()
  await expect(page.getByText("Its parent design-system-v2 is on for them.")).toBeVisible()
  // The step that decided, of the flag itself and of its parent.
  await expect(page.getByText("decided", { exact: true })).toHaveCount(2)
  await accessible(page)
  await page.getByLabel("Value of age").fill("99")
  await page.keyboard.press("Enter")
  await expect(
    page.getByRole("heading", { name: "ncr-form is on for usr_1 with these traits" }),
  ).toBeVisible()
  await expect(page.getByText("changed to try; nothing is kept")).toBeVisible()

  // Where the master is off, it is what decides.
  await belay.call("PATCH", `${environment}/flags/design-system-v2`, { enabled: false, reason })
  await expect(
    page.getByRole("heading", { name: "ncr-form is off for usr_1 with these traits" }),
  ).toBeVisible()
})
