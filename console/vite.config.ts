import react from "@vitejs/plugin-react"
import { defineConfig, type UserConfig } from "vite"

/** Where a Belay listens while the console is being worked on. */
const belay = "http://127.0.0.1:7400"

const config: UserConfig = defineConfig({
  plugins: [
    react(),
    {
      // The Go package embeds this folder, so it must exist in a fresh checkout, before the first build.
      name: "keep-dist-in-git",
      generateBundle(): void {
        this.emitFile({ type: "asset", fileName: ".gitkeep", source: "" })
      },
    },
  ],
  build: { target: "es2022", reportCompressedSize: false, assetsInlineLimit: 0 },
  server: { proxy: { "/api": belay } },
})

export default config
