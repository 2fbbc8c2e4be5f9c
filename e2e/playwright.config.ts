import { defineConfig } from "@playwright/test"

/** Chromium as Debian packages it; the flags keep it from calling home and let it run as root in a container. */
export const chromium = {
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
  ],
}

export default defineConfig({
  testDir: "tests",
  timeout: 90_000,
  expect: { timeout: 15_000 },
  workers: 1,
  forbidOnly: true,
  reporter: [["list"]],
  use: {
    browserName: "chromium",
    launchOptions: chromium,
    // A picture of every moment costs as much as the page itself; what is on the page is in the snapshots.
    trace: { mode: "retain-on-failure", screenshots: false },
    acceptDownloads: true,
  },
})
