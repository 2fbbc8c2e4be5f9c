import { OFREPWebProvider } from "@openfeature/ofrep-web-provider"
import { OpenFeature } from "@openfeature/web-sdk"

globalThis.OpenFeature = OpenFeature
globalThis.OFREPWebProvider = OFREPWebProvider
