import "vitest"

declare module "vitest" {
  interface ProvidedContext {
    serverUrl: string
  }
}
