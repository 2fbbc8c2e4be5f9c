import type { Page } from "@playwright/test"
import { until } from "../stack/process.ts"
import { form } from "../stack/screens.ts"
import { expect, signIn, test, visitors, type World } from "../stack/world.ts"

const typed = {
  title: "Honeycombing in column C4",
  location: "Level 3, grid C4",
  description: "Voids up to 40 mm deep on the north face, rebar visible at two places",
} as const

async function typeHalf(page: Page, world: World): Promise<void> {
  await page.goto(`${world.siteproof.url}/ncrs/new`)
  await expect(form(page, "new")).toBeVisible()
  await page.getByLabel("Title").fill(typed.title)
  await page.getByLabel("Location").fill(typed.location)
  await page.getByLabel("Description").pressSequentially(typed.description)
  await page.evaluate(() => Object.assign(window, { sameDocument: true }))
}

async function everythingIsStillThere(page: Page): Promise<void> {
  await expect(page.getByLabel("Title")).toHaveValue(typed.title)
  await expect(page.getByLabel("Location")).toHaveValue(typed.location)
  await expect(page.getByLabel("Description")).toHaveValue(typed.description)
}

const reloaded = (page: Page): Promise<boolean> => page.evaluate(() => !("sameDocument" in window))

test("Belay takes the broken form back by itself, in the open tab, with every character kept", async ({
  page,
  world,
}) => {
  const crowd = visitors(world.belay, 80)
  await signIn(page, world.siteproof)
  await typeHalf(page, world)
  await world.belay.setFault("ncr-form-throws")
  // The person does nothing: it is Belay's decision, made from what others met, that changes the form.
  await expect(form(page, "old")).toBeVisible({ timeout: 60_000 })
  await everythingIsStillThere(page)
  expect(await reloaded(page)).toBe(false)

  const rollout = await world.belay.call<{
    state: string
    lost: { component: string; by: string }[]
  }>("GET", `/rollouts/${world.rollout}`)
  expect(rollout.state).toBe("running")
  expect(rollout.lost.map((l) => [l.component, l.by])).toEqual([["ncr-form", "Belay"]])
  const flags = await world.belay.flagsOf(world.siteproof.account.id)
  expect(flags).toMatchObject({
    "design-system-v2": true,
    auth: true,
    dashboard: true,
    "itp-form": true,
    diary: true,
    "ncr-form": false,
  })
  await page.getByRole("link", { name: "Dashboard" }).first().click()
  await expect(page.locator('[data-screen="dashboard"][data-design="new"]')).toBeVisible()

  const incidents = await world.belay.call<
    { component: string; timeline: { evidence?: unknown }[] }[]
  >("GET", "/environments/production/incidents")
  expect(incidents.map((i) => i.component)).toEqual(["ncr-form"])
  expect(incidents[0]?.timeline[0]?.evidence).toBeTruthy()
  await world.belay.setFault("none")
  const proof = await world.belay.run(
    "verify",
    "--settle",
    "3s",
    "--within",
    "30s",
    "--evidence",
    `${world.belay.folder}/evidence`,
  )
  expect(proof.output).toContain("the rollback is proven")
  expect(proof.code).toBe(0)
  await crowd.stop()
})

test("a form that throws under the person's own hands gives way at once", async ({
  page,
  world,
}) => {
  await signIn(page, world.siteproof)
  await typeHalf(page, world)
  await world.belay.setFault("ncr-form-throws")
  await until(
    async () =>
      (
        await world.belay.call<{ confirmed: number; connected: number }>(
          "GET",
          "/environments/production/clients",
        )
      ).confirmed > 0,
    "the page has heard of the fault",
  )
  await page.getByLabel("Description").press("End")
  await page.getByLabel("Description").press("!")
  await expect(form(page, "old")).toBeVisible()
  await expect(page.getByLabel("Description")).toHaveValue(`${typed.description}!`)
  await expect(page.getByLabel("Title")).toHaveValue(typed.title)
  expect(await reloaded(page)).toBe(false)
})

test("with Belay dead the tab falls back by itself and the next load stays old", async ({
  page,
  world,
}) => {
  await signIn(page, world.siteproof)
  await world.belay.setFault("ncr-form-throws")
  await page.goto(`${world.siteproof.url}/ncrs/new`)
  await expect(form(page, "new")).toBeVisible()
  await until(
    async () =>
      (await world.belay.call<{ confirmed: number }>("GET", "/environments/production/clients"))
        .confirmed > 0,
    "the page holds current flags",
  )
  await world.belay.kill()
  await page.getByLabel("Title").pressSequentially(typed.title)
  await expect(form(page, "old")).toBeVisible()
  await expect(page.getByLabel("Title")).toHaveValue(typed.title)
  await page.reload()
  await expect(form(page, "old")).toBeVisible()
  await expect(page.getByLabel("Title")).toHaveValue(typed.title)
  await page.getByRole("link", { name: "Dashboard" }).first().click()
  await expect(page.locator('[data-screen="dashboard"][data-design="new"]')).toBeVisible()
})

test("what is saved offline arrives exactly once after the network returns", async ({
  page,
  context,
  world,
}) => {
  await signIn(page, world.siteproof)
  await typeHalf(page, world)
  await page.getByLabel("Severity").selectOption("major")
  await context.setOffline(true)
  await page.getByRole("button", { name: "Raise NCR" }).click()
  await expect(page.getByText(/waiting to be sent|will be sent/i).first()).toBeVisible()
  await context.setOffline(false)
  const mine = async (): Promise<number> => {
    const ncrs = await page.evaluate(
      async () => (await (await fetch("/api/ncrs")).json()) as { title: string }[],
    )
    return ncrs.filter((n) => n.title === "Honeycombing in column C4").length
  }
  await until(async () => (await mine()) === 1, "the saved form has arrived")
  await page.reload()
  await expect(page.getByRole("heading").first()).toBeVisible()
  expect(await mine()).toBe(1)
})
