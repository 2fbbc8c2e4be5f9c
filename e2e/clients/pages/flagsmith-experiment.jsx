import flagsmith from "@flagsmith/flagsmith"
import { FlagsmithProvider, useExperiment } from "@flagsmith/flagsmith/react"
import { createRoot } from "react-dom/client"

function Screen() {
  const flag = useExperiment("cta")
  return (
    <pre>
      {JSON.stringify({ variant: flag?.variant ?? null, part: flag?.experiment?.inExperiment })}
    </pre>
  )
}

globalThis.show = (options) =>
  createRoot(document.getElementById("app")).render(
    <FlagsmithProvider flagsmith={flagsmith} options={options}>
      <Screen />
    </FlagsmithProvider>,
  )
