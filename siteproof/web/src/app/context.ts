import {
  type Context,
  createContext,
  useCallback,
  useContext,
  useRef,
  useSyncExternalStore,
} from "react"
import type { Api } from "../api/client.ts"
import type { Account, PageConfig } from "../api/wire.ts"
import type { ScreenState } from "./screen-state.ts"

/** What the app hands down to its flows. */
export interface Siteproof {
  readonly config: PageConfig
  /** Null on the sign-in screen. */
  readonly account: Account | null
  readonly api: Api
  readonly screen: ScreenState
  /** Signs in; throws an `ApiError`. */
  signIn(email: string, password: string): Promise<void>
  signOut(): Promise<void>
}

export const SiteproofContext: Context<Siteproof | undefined> = createContext<
  Siteproof | undefined
>(undefined)

export function useSiteproof(): Siteproof {
  const value = useContext(SiteproofContext)
  if (!value) throw new Error("This component needs the app around it.")
  return value
}

/** Like `useState`, but shared by both designs. A key that begins with `visit:` is forgotten when the screen is left. */
export function useScreenState<T>(
  key: string,
  initial: T,
): [T, (next: T | ((now: T) => T)) => void] {
  const { screen } = useSiteproof()
  const first = useRef(initial)
  const value = useSyncExternalStore(
    useCallback((callback: () => void) => screen.subscribe(key, callback), [screen, key]),
    () => screen.get(key, first.current),
  )
  const set = useCallback(
    (next: T | ((now: T) => T)) => {
      const now = screen.get(key, first.current)
      screen.set(key, typeof next === "function" ? (next as (now: T) => T)(now) : next)
    },
    [screen, key],
  )
  return [value, set]
}
