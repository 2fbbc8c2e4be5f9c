import type { Page } from "@playwright/test"
import { accessible, fits, setUp } from "../stack/console.ts"
import { expect, test, visitors, type World } from "../stack/world.ts"

async function open(page: Page, world: World): Promise<void> {
  await setUp(page, world.belay.url)
  await page.goto(`${world.belay.url}/production/rollouts/${world.rollout}`)
  await expect(page.getByRole("region", { name: "Where it stands" })).toBeVisible()
}

/** Finds what keeps people from using the page as it is now, in both themes, and that nothing is cut off at 320 px. */
async function usable(page: Page): Promise<void> {
  await accessible(page)
  await fits(page, () =>
    expect(page.getByRole("button", { name: "Bring everyone back" })).toBeInViewport(),
  )
}

/** What the panel answers to one of the three questions. */
const answer = (page: Page, question: string) =>
  page
    .getByRole("region", { name: "Where it stands" })
    .locator("dl > div")
    .filter({ hasText: question })
    .getByRole("definition")

/** Puts the rollout under another policy by keyboard, and reads what the page says of it. */
async function anotherPolicy(page: Page): Promise<void> {
  const card = page.getByRole("region", { name: "Policy" })
  await expect(card).toContainText("at most 0.05 %")
  const open = card.getByRole("button", { name: "Show or change" })
  await open.focus()
  await page.keyboard.press("Enter")
  const drawer = page.getByRole("dialog", { name: "Policy as a file" })
  await expect(drawer).toContainText("begins a new test: evidence is counted anew, and")
  await expect(drawer).toContainText("another budget may be spent")
  const file = drawer.getByRole("textbox", { name: "Policy" })
  const change = drawer.getByRole("button", { name: "Change the policy" })

  // Escape leaves everything as it is, and one is where one was.
  await expect(file).toHaveValue(/budget: 0\.0005/)
  await page.keyboard.press("Escape")
  await expect(drawer).toBeHidden()
  await expect(open).toBeFocused()

  // What cannot be is refused with its place; nothing changes without a reason.
  await page.keyboard.press("Enter")
  const written = await file.inputValue()
  await file.fill(written.replace("budget: 0.0005", "budget: 3"))
  await expect(change).toBeDisabled()
  await drawer.getByLabel(/^Reason/).fill("we dare a little more")
  await change.press("Enter")
  await expect(drawer.getByRole("alert")).toContainText("budget")
  await file.fill(written.replace("budget: 0.0005", "budget: 0.0004"))
  await expect(drawer.getByRole("region", { name: "What changes" })).toContainText("0.0004")
  await change.press("Enter")
  await expect(drawer).toBeHidden()
  await expect(open).toBeFocused()

  // The page says that another test began, what both may cost, who changed it, what, and why.
  await expect(card).toContainText("at most 0.05 % + 0.04 %: 2 tests")
  const said = page
    .getByRole("region", { name: "Decisions" })
    .getByRole("listitem")
    .filter({ hasText: "Changed the policy" })
  await expect(said).toContainText("Ines Kovač")
  await expect(said).toContainText("We dare a little more")
  await expect(said).toContainText("A new test begins")
}

test("somebody who was just woken reads what is the case, and what was at fault", async ({
  page,
  world,
}) => {
  test.slow() // axe reads the whole page four times
  const crowd = visitors(world.belay, 80)
  await open(page, world)

  // It goes well: nobody is harmed, nothing is to do, and it says what comes next and when.
  const where = page.getByRole("region", { name: "Where it stands" })
  await expect(where).toContainText("Going well. 5 % of people have the new version.", {
    timeout: 30_000,
  })
  await expect(where).toContainText(/at the earliest it goes from 5 % to 100 % by itself/)
  await expect(answer(page, "Is anyone harmed now?")).toContainText(/No guard sees harm among/, {
    timeout: 30_000,
  })
  await expect(answer(page, "Do I have to do anything?")).toContainText("No")
  const now = page.getByRole("list", { name: "Phases" }).getByRole("listitem").first()
  await expect(now).toHaveAttribute("aria-current", "step")
  await expect(now).toContainText(/of 1 h/)
  await expect(now).toContainText(/\d+ new/)

  // Every guard of the plan is there; each opens by keyboard and shows its evidence.
  const guards = page.getByRole("region", { name: "Guards" })
  for (const name of ["Errors", "New errors", "Silent pages", "Emergency brake"]) {
    await expect(guards.getByRole("button", { name: new RegExp(`^${name}`) })).toBeVisible()
  }
  const silent = guards.getByRole("button", { name: /^Silent pages/ })
  await silent.focus()
  await page.keyboard.press("Enter")
  await expect(silent).toHaveAttribute("aria-expanded", "true")
  await expect(guards.getByRole("table")).toBeVisible()
  await expect(guards.getByRole("img", { name: /of a proof of harm/ }).first()).toBeVisible()
  await usable(page)

  await anotherPolicy(page)

  // The form breaks. Belay takes it back, and says what, why and where, and that it is over.
  await world.belay.setFault("ncr-form-throws")
  await expect(answer(page, "What did Belay do?")).toContainText("Took back ncr-form", {
    timeout: 60_000,
  })
  await world.belay.setFault("none")
  await expect(answer(page, "Is anyone harmed now?")).toContainText("Not any more")
  await expect(answer(page, "Do I have to do anything?")).toContainText("Repair ncr-form")
  const part = page.getByRole("region", { name: "Components" }).getByRole("listitem")
  const form = part.filter({ hasText: "ncr-form" })
  await expect(form.getByText("Taken back", { exact: true })).toBeVisible()
  await expect(form.getByText(/Cannot read properties of undefined/)).toBeVisible()
  for (const kind of ["Error", "Browser", "Release"]) {
    await expect(form.getByRole("term").filter({ hasText: kind }).first()).toBeVisible()
  }
  await expect(part.filter({ hasText: "diary" }).getByText("Taken back")).toHaveCount(0)
  await usable(page)

  // However far one has scrolled, everybody can be brought back.
  await page.getByRole("region", { name: "Decisions" }).scrollIntoViewIfNeeded()
  const stop = page.getByRole("button", { name: "Bring everyone back" })
  await expect(stop).toBeInViewport()
  await crowd.stop()

  // Without Belay the page does not pass for the present.
  await world.belay.kill()
  await expect(page.getByRole("region", { name: "Stop" })).toContainText(
    /As of .*: this page does not reach Belay/,
    { timeout: 30_000 },
  )
})
