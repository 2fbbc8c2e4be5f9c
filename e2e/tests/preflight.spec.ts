import AxeBuilder from "@axe-core/playwright"
import { test as base } from "@playwright/test"
import { Belay, components, master } from "../stack/belay.ts"
import { setUp, usable } from "../stack/console.ts"
import { expect } from "../stack/world.ts"

/** A Belay whose production asks for everything, with a rollout that is planned. */
const test = base.extend<{ belay: Belay }>({
  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the names of fixtures from this pattern
  belay: async ({}, use) => {
    const belay = new Belay()
    await belay.start()
    await belay.makeFlags(true)
    const reason = "set up for a test"
    await belay.call("PUT", "/environments/production/checklist", {
      template: "production",
      reason,
    })
    await belay.call("POST", "/environments/production/rollouts", {
      name: "New design",
      flag: master,
      components,
      reason,
    })
    await use(belay)
    await belay.end()
  },
})

test("a red checklist is seen, worked off, and overridden with a reason", async ({
  page,
  belay,
}) => {
  test.setTimeout(300_000) // axe takes its time on a machine that does other things too
  await setUp(page, belay.url)

  // Who is on call and what was practised is said once for the environment.
  await page.getByRole("link", { name: "Checklist", exact: true }).click()
  const onCall = page.getByRole("region", { name: "On call" })
  await expect(onCall).toContainText("Nobody is named")
  await usable(page)
  await onCall.getByRole("button", { name: "Change" }).click()
  await page.getByRole("textbox", { name: "Name" }).fill("Kim Ito")
  await page.getByText("The rota says so").click()
  await page.getByRole("button", { name: "Put on call" }).click()
  await expect(onCall).toContainText("Kim Ito")
  const practised = page.getByRole("region", { name: "Practised" })
  await practised.getByRole("button", { name: "Record a drill" }).click()
  await page.getByLabel("Reason").fill("rolled back in 9 s")
  await page.getByRole("button", { name: "Record", exact: true }).click()
  await expect(practised).toContainText("rolled back in 9 s")

  // The rollout says what is still missing; people tick with their name.
  await page.getByRole("link", { name: "Rollouts", exact: true }).click()
  await page.getByRole("link", { name: /New design/ }).click()
  const card = page.getByRole("region", { name: "Checklist before 5 %" })
  await expect(card).toContainText("4 missing")
  await expect(card).toContainText("Kim Ito until")
  await card.getByRole("button", { name: /^Tick: Support/ }).click()
  await page.getByText("Seen to it").click()
  await page.getByRole("button", { name: "Tick", exact: true }).click()
  await expect(card).toContainText("ticked by Ines Kovač")
  await expect(card).toContainText("3 missing")
  await usable(page, 'section[aria-label^="Checklist"]')

  // Starting asks why, and why although it is red.
  await page.getByRole("button", { name: "Start", exact: true }).click()
  const dialog = page.getByRole("dialog")
  await expect(dialog).toContainText("The checklist is red")
  await expect(dialog).toContainText("Telemetry arrives: no event has ever arrived")
  await dialog.getByLabel(/^Reason/).fill("as planned")
  const start = dialog.getByRole("button", { name: "Start although red" })
  await expect(start).toBeDisabled()
  await dialog.getByLabel(/^Why it goes on/).fill("nobody is here yet")
  // Contrast is computed against everything that lies under the dialog, which takes minutes; its colours are the card's.
  const axe = new AxeBuilder({ page }).include('[role="dialog"]').disableRules(["color-contrast"])
  expect((await axe.analyze()).violations.map((v) => v.id)).toEqual([])
  await start.click()
  await expect(dialog).toBeHidden()
  const decisions = page.getByRole("region", { name: "Decisions" })
  await expect(decisions).toContainText("Overrode the checklist")
  await expect(decisions).toContainText("Nobody is here yet")
  await expect(decisions).toContainText("Started with 5 %")

  const { output, code } = await belay.run("preflight")
  expect(output).toContain("before phase 2")
  expect(code).toBe(3)
})
