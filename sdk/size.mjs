// Prints what the SDK costs a page (minified, brotli) and fails when it costs more than was promised.
import { createRequire } from "node:module"
import { fileURLToPath } from "node:url"
import { brotliCompressSync, constants } from "node:zlib"

const here = fileURLToPath(new URL(".", import.meta.url))
// esbuild is a dependency of @belay/react.
const { build } = createRequire(new URL("react/package.json", import.meta.url))("esbuild")

const promised = [
  {
    name: "@belay/browser + @belay/react",
    code: `export * from "@belay/browser"; export { BelayProvider, Guard, useBelay, useFlag, useReady, useOnline } from "@belay/react"`,
    external: ["react", "react/jsx-runtime", "@belay/data"],
    limit: 12_000,
  },
  { name: "@belay/data", code: `export * from "@belay/data"`, external: [], limit: 12_000 },
  // What an app pays that uses only a part of it.
  ...["createDataSafety", "createDraft", "createPreferences", "createQueue"].map((part) => ({
    name: `@belay/data: ${part} alone`,
    code: `export { ${part} } from "@belay/data"`,
    external: [],
    limit: 8_000,
  })),
]

let failed = false
for (const { name, code, external, limit } of promised) {
  const { outputFiles } = await build({
    stdin: { contents: code, resolveDir: `${here}react`, loader: "js" },
    bundle: true,
    minify: true,
    write: false,
    format: "esm",
    target: "es2022",
    platform: "browser",
    external,
    define: { "process.env.NODE_ENV": '"production"' },
  })
  const bytes = outputFiles[0].contents
  const size = brotliCompressSync(bytes, {
    params: { [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY },
  }).length
  const verdict = size < limit ? "ok" : "TOO LARGE"
  process.stdout.write(
    `${name}: ${size} bytes brotli (${bytes.length} minified), limit ${limit}: ${verdict}\n`,
  )
  failed ||= size >= limit
}
process.exit(failed ? 1 : 0)
