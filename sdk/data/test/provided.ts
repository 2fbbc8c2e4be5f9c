import "vitest"

declare module "vitest" {
  interface ProvidedContext {
    hostileUrl: string
  }
}
