import { test as base, expect, type Page } from "@playwright/test"
import { Belay } from "../stack/belay.ts"
import { setUp } from "../stack/console.ts"

// Many steps each: on a machine that is busy with other tests the usual time is not enough.
base.slow()

const reason = "set up for a test"
const production = "/environments/production"

/** One Belay with a text flag in two variants and two segments, and somebody signed in. */
const test = base.extend<{ belay: Belay }>({
  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the names of fixtures from this pattern
  belay: async ({}, use) => {
    const belay = new Belay()
    await belay.start()
    await belay.call("POST", `${production}/flags`, {
      key: "button",
      description: "Colour of the button",
      type: "string",
      enabled: true,
      value: "blue",
      reason,
    })
    const rules = [
      {
        type: "ALL",
        conditions: [],
        rules: [
          {
            type: "ANY",
            rules: [],
            conditions: [{ property: "plan", operator: "EQUAL", value: "pro" }],
          },
        ],
      },
    ]
    for (const key of ["pros", "testers"]) {
      await belay.call("PUT", `${production}/segments/${key}`, { description: "", rules, reason })
    }
    await use(belay)
    await belay.end()
  },
})

/** Gives the reason that the open dialog asks for. */
async function confirm(page: Page, button: string): Promise<void> {
  const dialog = page.getByRole("dialog")
  await dialog.getByLabel(/^Reason/).fill("as a test does it")
  await dialog.getByRole("button", { name: button, exact: true }).click()
  await expect(dialog).toBeHidden()
}

interface Flag {
  readonly enabled: boolean
  readonly owner?: string
  readonly version: number
  readonly variants: readonly { key: string; weight: number }[]
  readonly segments: readonly { for: string; priority: number }[]
}

test("a flag gets variants and overrides, and nothing typed is lost when somebody else changes it", async ({
  page,
  belay,
}) => {
  const read = (): Promise<Flag> => belay.call<Flag>("GET", `${production}/flags/button`)
  await setUp(page, belay.url)
  await page.getByRole("link", { name: "Flags", exact: true }).click()
  await page.getByRole("link", { name: "button", exact: true }).click()
  await expect(page.getByRole("heading", { level: 1, name: "button" })).toBeVisible()

  await page.getByRole("button", { name: "Add a variant" }).click()
  await page.getByLabel("Name of variant 1").fill("red")
  await page.getByLabel("Value of red").fill("red")
  await page.getByLabel("Percent of red").fill("30")
  await expect(page.getByText("control has the rest: 70 %")).toBeVisible()
  await expect(page.getByText("30 % of people get another variant than now.")).toBeVisible()

  for (const segment of ["pros", "testers"]) {
    await page.getByRole("combobox", { name: "Add an override for" }).click()
    await page.getByRole("option", { name: segment }).click()
  }
  await page.getByRole("button", { name: "testers is number 2 of 2; arrow keys move it" }).focus()
  await page.keyboard.press("ArrowUp")
  await expect(page.getByText("1. testers")).toBeVisible()

  await page.getByRole("button", { name: "Review and save" }).click()
  await expect(
    page.getByRole("img", { name: "People after: red 30 %, control 70 %" }),
  ).toBeVisible()
  await confirm(page, "Save")
  await expect(page.getByRole("region", { name: "Changes that are not saved" })).toBeHidden()
  const saved = await read()
  expect(saved.variants).toMatchObject([{ key: "red", weight: 30 }])
  const order = saved.segments.toSorted((a, b) => a.priority - b.priority).map((o) => o.for)
  expect(order).toEqual(["testers", "pros"])

  await page.getByLabel("Owner").fill("web")
  await belay.call("PATCH", `${production}/flags/button`, { enabled: false, reason: "meanwhile" })
  const conflict = page.getByRole("alert").filter({ hasText: "Somebody else has changed" })
  await expect(conflict).toContainText("State: on → off")
  await expect(page.getByLabel("Owner")).toHaveValue("web")
  await conflict.getByRole("button", { name: "Take that in, keep what I typed" }).click()
  await page.getByRole("button", { name: "Review and save" }).click()
  await confirm(page, "Save")
  await expect.poll(read).toMatchObject({ enabled: false, owner: "web" })
  // Who changes it from an older version is told so, whatever page it was typed in.
  const stale = belay.call("PATCH", `${production}/flags/button`, {
    version: saved.version,
    enabled: true,
    reason: "from an old page",
  })
  await expect(stale).rejects.toThrow(/409.*meanwhile/)
})

test("environments are made, compared and copied between", async ({ page, belay }) => {
  await setUp(page, belay.url)
  await page.getByRole("link", { name: "Environments" }).click()
  await page.getByRole("button", { name: "New environment" }).click()
  const dialog = page.getByRole("dialog")
  await dialog.getByLabel(/^Environment name/).fill("Trade fair")
  await dialog.getByLabel(/^Key/).fill("fair")
  await confirm(page, "Make the environment")
  await expect(
    page.getByRole("heading", { level: 2, name: "Settings of Trade fair" }),
  ).toBeVisible()
  const made = await belay.call<Flag>("GET", "/environments/fair/flags/button")
  expect(made.enabled).toBe(false)

  await page
    .getByRole("listitem")
    .filter({ hasText: "Production" })
    .getByRole("link", { name: "Compare with Trade fair" })
    .click()
  const row = page.getByRole("listitem").filter({ hasText: "button" })
  await expect(row).toContainText("differs in enabled")
  await expect(page.getByText("only in Production").first()).toBeVisible()
  await row.getByRole("checkbox").check()
  await expect(page.getByText("The flag button changes. enabled: false → true.")).toBeVisible()
  await page.getByRole("button", { name: "Copy 1 to Trade fair" }).click()
  await confirm(page, "Copy")
  await expect(row).toBeHidden()
  const copied = await belay.call<Flag>("GET", "/environments/fair/flags/button")
  expect(copied.enabled).toBe(true)
})
