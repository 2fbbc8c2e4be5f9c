import { Belay } from "../stack/belay.ts"
import { keep, test } from "../stack/picture.ts"
import { until } from "../stack/process.ts"
import { expect, patientPlan, visitors } from "../stack/world.ts"

const ladder = [
  { name: "internal", percent: 5 },
  { name: "early", percent: 25 },
  { name: "half", percent: 50 },
  { name: "everyone", percent: 100 },
] as const

/** The stages of the migration; far apart, so that the pictures always show the second. */
const plan = {
  ...(patientPlan(5, 3) as object),
  phases: ladder.map((phase, index) => ({
    ...phase,
    min_dwell: "15m",
    max_dwell: "0s",
    min_users: 100,
    approval: index === ladder.length - 1,
  })),
}

interface Seen {
  readonly lost: readonly { readonly component: string }[]
  readonly parts: readonly { readonly component: string; readonly exposed: number }[]
}

const administrator = {
  name: "Ines Kovač",
  email: "ines@belay.test",
  password: "rope and harness",
}

test("console", async ({ browser, onEnd }) => {
  const belay = new Belay()
  onEnd(() => belay.end())
  await belay.start()
  await belay.makeFlags(true)
  const rollout = await belay.startRollout(plan)
  const crowd = visitors(belay, 80)
  onEnd(() => crowd.stop())
  const page = (): Promise<Seen> => belay.call<Seen>("GET", `/rollouts/${rollout}`)
  const diaryReaders = async (): Promise<number> =>
    (await page()).parts.find((p) => p.component === "diary")?.exposed ?? 0

  await until(async () => (await diaryReaders()) >= 40, "40 people have seen the diary", 60_000)
  await belay.call("POST", `/rollouts/${rollout}/advance`, { reason: "5 % look well" })
  await until(async () => (await diaryReaders()) >= 150, "150 people have seen the diary", 60_000)
  await belay.setFault("ncr-form-throws")
  await until(async () => (await page()).lost.length > 0, "ncr-form is taken back", 60_000)
  await until(async () => (await diaryReaders()) >= 300, "300 people have seen the diary", 60_000)

  const setUp = await fetch(`${belay.url}/api/v1/setup`, {
    method: "POST",
    headers: { "content-type": "application/json", origin: belay.url },
    body: JSON.stringify(administrator),
  })
  expect(setUp.ok, await setUp.clone().text()).toBe(true)
  for (const [colorScheme, suffix] of [
    ["light", ""],
    ["dark", "-dark"],
  ] as const) {
    const context = await browser.newContext({
      colorScheme,
      reducedMotion: "reduce",
      viewport: { width: 1440, height: 900 },
      locale: "en-GB",
      timezoneId: "Europe/Berlin",
    })
    const view = await context.newPage()
    await view.goto(belay.url)
    await view.getByLabel(/^Email/).fill(administrator.email)
    await view.getByLabel(/^Password/).fill(administrator.password)
    await view.keyboard.press("Enter")
    await expect(view.getByRole("heading", { level: 1, name: "Overview" })).toBeVisible()
    await expect(view.getByText("Live", { exact: true })).toBeVisible()
    await expect(view.getByText("1 not resolved")).toBeVisible()
    await keep(view, `console-overview${suffix}`)
    await view.goto(`${belay.url}/production/rollouts/${rollout}`)
    await expect(view.getByText("4 of 5 on")).toBeVisible()
    await expect(view.getByText("Live", { exact: true })).toBeVisible()
    await keep(view, `console-rollout${suffix}`)
    await context.close()
  }
})
