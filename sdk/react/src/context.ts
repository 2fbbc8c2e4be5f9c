import type { Belay } from "@belay/browser"
import type { DataSafety, Preferences, Queue } from "@belay/data"
import { type Context, createContext, useContext } from "react"

/** What the provider hands down. */
export interface BelayContextValue {
  readonly client: Belay
  readonly data: DataSafety | undefined
  readonly queue: Queue | undefined
  readonly preferences: Preferences
  readonly app: string
  readonly subject: string
}

export const BelayContext: Context<BelayContextValue | undefined> = createContext<
  BelayContextValue | undefined
>(undefined)

/** What the nearest `BelayProvider` hands down; throws where there is none. */
export function useBelayContext(): BelayContextValue {
  const value = useContext(BelayContext)
  if (!value) throw new Error("This component needs a <BelayProvider> above it.")
  return value
}
