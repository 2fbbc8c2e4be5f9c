import { defineConfig } from "@playwright/test"
import { chromium } from "./playwright.config.ts"

/** Makes docs/images with the real programs; `make docs` runs it. */
export default defineConfig({
  testDir: "pictures",
  testMatch: "*.ts",
  outputDir: "test-results/pictures",
  timeout: 120_000,
  expect: { timeout: 15_000 },
  workers: 1,
  forbidOnly: true,
  reporter: [["list"]],
  use: {
    browserName: "chromium",
    launchOptions: chromium,
    viewport: { width: 1440, height: 900 },
    locale: "en-GB",
    timezoneId: "Europe/Berlin",
    contextOptions: { reducedMotion: "reduce" },
  },
})
