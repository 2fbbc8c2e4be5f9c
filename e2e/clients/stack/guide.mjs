import { readFileSync } from "node:fs"
import { join, resolve } from "node:path"
import { root } from "./belay.mjs"
import { bundle } from "./browser.mjs"

const here = resolve(import.meta.dirname, "..")

/** Belay's own SDK as it stands in this repository, with the React of this folder. */
const alias = {
  "@belay/browser": join(root, "sdk/browser/src/index.ts"),
  "@belay/data": join(root, "sdk/data/src/index.ts"),
  "@belay/react": join(root, "sdk/react/src/index.ts"),
  react: join(here, "node_modules/react"),
  "react-dom": join(here, "node_modules/react-dom"),
}

/** The blocks of a guide that are meant to be run, by the name behind `run=`. */
export function blocksOf(guide) {
  const text = readFileSync(join(root, "docs/guides", guide), "utf8")
  const found = text.matchAll(/^```\w+ run=([\w-]+)\n([\s\S]*?)^```$/gm)
  return Object.fromEntries([...found].map(([, name, code]) => [name, code]))
}

/**
 * Makes a page of some blocks of a guide, in that order, and of `more`. Only what a reader has to fill in is filled in,
 * and the guide's times are shortened.
 */
export function pageOf(belay, guide, names, more = "", times = {}) {
  const blocks = blocksOf(guide)
  const fill = (code) =>
    Object.entries({
      "https://belay.example.com": belay.url,
      CLIENT_KEY: belay.keys.client_key,
      ...times,
    }).reduce((text, [from, to]) => text.replaceAll(from, to), code)
  const plugin = {
    name: "guide",
    setup(build) {
      build.onResolve({ filter: /^guide:/ }, ({ path }) => ({ path, namespace: "guide" }))
      build.onLoad({ filter: /./, namespace: "guide" }, ({ path }) => ({
        contents: fill(blocks[path.slice("guide:".length)]),
        loader: "jsx",
        resolveDir: here,
      }))
    },
  }
  const contents = [...names.map((name) => `import "guide:${name}"`), more].join("\n")
  return bundle(
    { contents },
    {
      alias,
      plugins: [plugin],
      define: { "import.meta.env": '{"VITE_BELAY_FLAG_NOTICE":"from the build"}' },
    },
  )
}
