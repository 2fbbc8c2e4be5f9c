import { createServer } from "node:http"
import { join, resolve } from "node:path"
import { build } from "esbuild"
import { chromium } from "playwright-core"

const here = resolve(import.meta.dirname, "..")

/** Bundles a page's code as an app would; the entry is a file of this folder, or { contents }. */
export async function bundle(entry, options = {}) {
  const built = await build({
    ...(typeof entry === "string"
      ? { entryPoints: [join(here, entry)] }
      : { stdin: { resolveDir: here, loader: "jsx", ...entry } }),
    ...options,
    bundle: true,
    write: false,
    format: "esm",
    jsx: "automatic",
    define: { "process.env.NODE_ENV": '"production"', ...options.define },
    logLevel: "error",
  })
  return built.outputFiles[0].text
}

/** Chromium, and pages whose origin is not Belay's. */
export async function startBrowser() {
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
  })
  const sites = []

  return {
    /** A site whose only page runs the code. */
    async open(code) {
      const site = createServer((request, response) => {
        const script = request.url === "/app.js"
        response.setHeader("content-type", script ? "text/javascript" : "text/html")
        response.end(
          script
            ? code
            : '<!doctype html><title>a site</title><div id="app"></div><script type="module" src="/app.js"></script>',
        )
      })
      await new Promise((ready) => site.listen(0, "127.0.0.1", ready))
      sites.push(site)
      const page = await (await browser.newContext()).newPage()
      page.answered = []
      page.on("response", (r) => page.answered.push(`${r.status()} ${new URL(r.url()).pathname}`))
      page.failures = []
      page.on("pageerror", (error) => page.failures.push(`${error}`))
      await page.goto(`http://127.0.0.1:${site.address().port}/`)
      return page
    },
    async stop() {
      await browser.close()
      for (const site of sites) site.close()
    },
  }
}
