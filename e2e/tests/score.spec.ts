import { test as base } from "@playwright/test"
import { Belay } from "../stack/belay.ts"
import { setUp, usable } from "../stack/console.ts"
import { expect } from "../stack/world.ts"

/** A Belay to which pages and servers have reported. */
const test = base.extend<{ belay: Belay }>({
  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the names of fixtures from this pattern
  belay: async ({}, use) => {
    const belay = new Belay()
    await belay.start()
    await use(belay)
    await belay.end()
  },
})

/** Two hundred visits through the door of pages, of which `failed` meet an error. */
async function visits(belay: Belay, failed: number): Promise<void> {
  for (let n = 0; n < 200; n++) {
    const at = Date.now()
    const events: Record<string, unknown>[] = [
      { seq: 1, kind: "ready", at, value: 800 + 10 * n },
      { seq: 2, kind: "vital", at, name: "LCP", value: 2_900 + n },
    ]
    if (n < failed) events.push({ seq: 3, kind: "error", at, name: "TypeError", source: "window" })
    const answer = await fetch(`${belay.url}/beacon/v1?key=${belay.clientKey}`, {
      method: "POST",
      headers: { "user-agent": "Mozilla/5.0 Chrome/140.0 Safari/537.36" },
      body: JSON.stringify({
        v: 1,
        session: `ses_score_${n}`,
        user: `usr_${n}`,
        sent_at: at,
        events,
      }),
    })
    expect(answer.status).toBe(202)
  }
}

/** Surveys and probes through the door of servers. */
async function facts(belay: Belay): Promise<void> {
  const [environment] = await belay.call<{ server_key: string }[]>("GET", "/environments")
  const answers = Array.from({ length: 100 }, (_, n) => ({
    seq: n + 1,
    name: "survey.csat",
    user: `usr_${n}`,
    value: n % 4 === 0 ? 4 : 5,
  }))
  const probe = { seq: 1_000, name: "uptime.probe", user: "probe-1", units: 1_000, bad: 1 }
  const answer = await fetch(`${belay.url}/metrics/v1`, {
    method: "POST",
    headers: { "X-Environment-Key": environment?.server_key ?? "" },
    body: JSON.stringify({ v: 1, source: "survey-e2e", reports: [...answers, probe] }),
  })
  expect(answer.status).toBe(202)
}

test("the score board says what is met, what is not, and what nobody knows", async ({
  page,
  belay,
}) => {
  test.setTimeout(300_000) // axe takes its time on a machine that does other things too
  await visits(belay, 1)
  await facts(belay)
  await setUp(page, belay.url)
  await page.getByRole("link", { name: "Score board", exact: true }).click()

  const card = (name: RegExp | string) => page.getByRole("region", { name })
  const errors = card("Visits with an error")
  await expect(errors).toContainText("0.5 %")
  await expect(errors).toContainText("Not decided yet")
  await expect(errors).toContainText("200 visits in 7 d")
  await expect(card(/^Page load/)).toContainText("Met")
  await expect(card(/^Largest paint/)).toContainText("Not met")
  await expect(card(/^Satisfaction/)).toContainText("4.75")
  await expect(card(/^Satisfaction/)).toContainText("Met")
  await expect(card("Uptime")).toContainText("Not decided yet")
  await expect(card("Net Promoter Score")).toContainText("No data")
  await expect(card("Net Promoter Score")).toContainText("docs/reference/score-board.md")
  await expect(card("Conversion held")).toContainText("a rollout has to run")
  await usable(page)

  const { output, code } = await belay.run("score")
  expect(output).toMatch(/Visits with an error < 0\.5 % +not decided yet +0\.5 %/)
  expect(code).toBe(0)
})
