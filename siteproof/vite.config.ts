import react from "@vitejs/plugin-react"
import { defineConfig, type UserConfig } from "vite"

/** Where `siteproof serve` listens while the front end is worked on. */
const backEnd = "http://127.0.0.1:7410"

const config: UserConfig = defineConfig({
  plugins: [react()],
  publicDir: "web/public",
  envPrefix: ["VITE_", "BELAY_FLAG_"],
  build: { outDir: "dist", emptyOutDir: true, target: "es2022" },
  server: {
    host: "127.0.0.1",
    proxy: { "/api": backEnd, "/config.json": backEnd, "/demo": backEnd },
  },
})

export default config
