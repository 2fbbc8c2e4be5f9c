import { test as base, expect, type Page } from "@playwright/test"
import { Belay } from "./belay.ts"
import { belayProgram } from "./binaries.ts"
import { launch, type Program } from "./process.ts"
import { Siteproof } from "./siteproof.ts"

/**
 * A plan that stays in its first phase: what happens in a test happens by harm, not by the ladder. `steps` is how many
 * times it could go on.
 */
export function patientPlan(percent: number, steps = 1): unknown {
  const margins = Array.from({ length: steps }, () => 0.04)
  const guards = [
    { kind: "errors", share: 0.4, ratio: 1, margins },
    { kind: "silent_clients", share: 0.3, ratio: 1, margins },
    { kind: "new_issue", share: 0.3, ratio: 1, margins: [] },
    { kind: "brake", share: 0, ratio: 2, margins: [] },
  ]
  return {
    phases: [
      {
        name: "internal",
        percent,
        min_dwell: "1h",
        max_dwell: "0s",
        min_users: 0,
        approval: false,
      },
      {
        name: "everyone",
        percent: 100,
        min_dwell: "1h",
        max_dwell: "0s",
        min_users: 0,
        approval: false,
      },
    ],
    guards,
    // Smaller than the usual hundredth: a harmless part that goes back by chance would fail a test now and then.
    budget: 0.0005,
    promotion_error: 0.05,
    silent_after: "20s",
    maturity: "10s",
  }
}

/** Visitors that use SiteProof while a test runs. */
export function visitors(belay: Belay, rate: number): Program {
  return launch(belayProgram, [
    "crowd",
    "--rate",
    String(rate),
    "--url",
    belay.url,
    "--data",
    belay.dataDir,
  ])
}

/** One Belay and one SiteProof with a rollout at 5 %; `siteproof.account` is among the 5 %. */
export interface World {
  readonly belay: Belay
  readonly siteproof: Siteproof
  readonly rollout: string
}

export const test = base.extend<{ world: World }>({
  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the names of fixtures from this pattern
  world: async ({}, use) => {
    const belay = new Belay()
    await belay.start()
    await belay.makeFlags(true)
    const rollout = await belay.startRollout(patientPlan(5))
    const siteproof = new Siteproof(belay, await belay.identity(true))
    await siteproof.start()
    await use({ belay, siteproof, rollout })
    await siteproof.end()
    await belay.end()
  },
})

export { expect }

/** Signs the account in and waits for the dashboard. */
export async function signIn(page: Page, siteproof: Siteproof): Promise<void> {
  await page.goto(`${siteproof.url}/login`)
  await page.getByLabel("Email").fill(siteproof.account.email)
  await page.getByLabel("Password").fill(siteproof.account.password)
  await page.getByRole("button", { name: "Sign in" }).click()
  await expect(page.getByRole("heading", { name: "Dashboard" })).toBeVisible()
}
