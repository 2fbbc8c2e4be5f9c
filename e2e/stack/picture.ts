import { statSync } from "node:fs"
import { resolve } from "node:path"
import { test as base, expect, type Page } from "@playwright/test"

const images = resolve(import.meta.dirname, "../../docs/images")

/** The largest picture that the documentation carries, in bytes. */
const largest = 400_000

/** Keeps what the page shows as docs/images/<name>.png, once its fonts and images are there. */
export async function keep(page: Page, name: string): Promise<void> {
  await page.evaluate(async () => {
    await document.fonts.ready
    await Promise.all([...document.images].map((image) => image.decode().catch(() => undefined)))
  })
  const path = resolve(images, `${name}.png`)
  await page.screenshot({ path, animations: "disabled", caret: "hide" })
  expect(statSync(path).size, `size of ${name}.png`).toBeLessThan(largest)
}

/** A test that ends what it started, the last first, however it went. */
export const test = base.extend<{ onEnd: (end: () => Promise<void>) => void }>({
  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the names of fixtures from this pattern
  onEnd: async ({}, use) => {
    const ends: (() => Promise<void>)[] = []
    await use((end) => ends.unshift(end))
    for (const end of ends) await end()
  },
})
