import type { Locator, Page } from "@playwright/test"

/** Which of its two faces a screen of SiteProof shows. */
export type Design = "old" | "new"

/** A screen of SiteProof in one of its designs. */
export function screen(page: Page, name: string, design: Design): Locator {
  return page.locator(`[data-screen="${name}"][data-design="${design}"]`)
}

/** The form that raises an NCR, in one of its designs. */
export function form(page: Page, design: Design): Locator {
  return screen(page, "ncr-form", design)
}
