import { startBelay } from "@belay/browser"
import { createRoot } from "react-dom/client"
import { createApi } from "../api/client.ts"
import { problemOf } from "../api/problem.ts"
import type { Account, PageConfig } from "../api/wire.ts"
import "./app.css"
import { App, identityOf } from "./app.tsx"
import { masterFlag } from "./screens.ts"

const place = document.getElementById("siteproof")
if (place) {
  const root = createRoot(place)
  start(root).catch((error: unknown) => {
    const { detail, hint } = problemOf(error)
    root.render(
      <main className="sp-broken" role="alert">
        <h1>SiteProof cannot start</h1>
        <p>
          {detail} {hint}
        </p>
        <button type="button" onClick={() => location.reload()}>
          Try again
        </button>
      </main>,
    )
  })
}

async function start(root: ReturnType<typeof createRoot>): Promise<void> {
  const api = createApi({ onSignedOut: () => undefined })
  const [config, account] = await Promise.all([
    api.call<PageConfig>("GET", "/config.json"),
    api.call<Account | null>("GET", "/api/session"),
  ])
  api.stop()
  const belay = startBelay({
    url: config.belayUrl,
    clientKey: config.clientKey,
    release: config.release,
    environment: import.meta.env,
    // Without any answer everybody keeps the old design.
    defaults: { [masterFlag]: false },
    bootFlag: masterFlag,
    ...(account && { user: identityOf(account) }),
  })
  await belay.flags.loaded
  root.render(<App belay={belay} config={config} account={account} />)
}
