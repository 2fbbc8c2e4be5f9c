import flagsmith from "flagsmith"
import { FlagsmithProvider, useFlags, useFlagsmithLoading } from "flagsmith/react"
import { createRoot } from "react-dom/client"

const names = ["design-system-v2", "ncr-form", "diary", "cta", "banner", "photos"]

function Screen() {
  const flags = useFlags(names, ["plan"])
  const loading = useFlagsmithLoading()
  const seen = Object.fromEntries(
    names.map((name) => [name, { enabled: flags[name].enabled, value: flags[name].value ?? null }]),
  )
  return <pre>{JSON.stringify({ ...seen, plan: flags.plan, error: Boolean(loading?.error) })}</pre>
}

globalThis.flagsmith = flagsmith
globalThis.show = (options) =>
  createRoot(document.getElementById("app")).render(
    <FlagsmithProvider flagsmith={flagsmith} options={options}>
      <Screen />
    </FlagsmithProvider>,
  )
