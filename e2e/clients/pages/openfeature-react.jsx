import { OFREPWebProvider } from "@openfeature/ofrep-web-provider"
import { OpenFeature, OpenFeatureProvider, useFlag } from "@openfeature/react-sdk"
import { createRoot } from "react-dom/client"

function Screen() {
  const seen = {
    "ncr-form": useFlag("ncr-form", false).value,
    cta: useFlag("cta", "default").value,
    banner: useFlag("banner", "default").value,
    photos: useFlag("photos", 0).value,
  }
  return <pre>{JSON.stringify(seen)}</pre>
}

globalThis.show = async (options, context) => {
  await OpenFeature.setContext(context)
  OpenFeature.setProvider(new OFREPWebProvider(options))
  createRoot(document.getElementById("app")).render(
    <OpenFeatureProvider>
      <Screen />
    </OpenFeatureProvider>,
  )
}
