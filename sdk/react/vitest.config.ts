import react from "@vitejs/plugin-react"
import { playwright } from "@vitest/browser-playwright"
import { defineConfig } from "vitest/config"
import { launchOptions } from "../chromium.ts"

export default defineConfig({
  plugins: [react()],
  optimizeDeps: {
    include: ["react", "react-dom/client", "react/jsx-dev-runtime", "vitest-browser-react"],
  },
  test: {
    include: ["test/**/*.test.tsx"],
    globalSetup: ["../browser/test/setup.ts"],
    browser: {
      enabled: true,
      headless: true,
      screenshotFailures: false,
      provider: playwright({ launchOptions }),
      instances: [{ browser: "chromium" }],
    },
  },
})
