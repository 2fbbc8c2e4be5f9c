import type { QueryKey, UseQueryOptions } from "@tanstack/react-query"
import type {
  Comparison,
  Copying,
  CopySelection,
  FlagPage,
  Key,
  SetUpEnvironment,
  StaleReport,
} from "./api-flags.ts"
import { call } from "./http.ts"

type Options<T> = UseQueryOptions<T, Error, T, QueryKey> & { readonly queryKey: QueryKey }

/** The address of something that belongs to an environment. */
export const inEnvironment = (env: string, rest: string): string =>
  `/environments/${encodeURIComponent(env)}${rest}`

/** The address of a flag. */
export const flagAt = (env: string, key: string, rest = ""): string =>
  inEnvironment(env, `/flags/${encodeURIComponent(key)}${rest}`)

function get<T>(key: QueryKey, url: string): Options<T> {
  return { queryKey: key, queryFn: ({ signal }) => call<T>("GET", url, undefined, signal) }
}

export const flagPage = (env: string, key: string): Options<FlagPage> =>
  get<FlagPage>([env, "flags", "page", key], flagAt(env, key, "/page"))

export const staleFlags = (env: string, days: number): Options<StaleReport> =>
  get<StaleReport>([env, "flags", "stale", days], inEnvironment(env, `/stale?days=${days}`))

export const setUpEnvironments = (): Options<readonly SetUpEnvironment[]> =>
  get<readonly SetUpEnvironment[]>(["environments"], "/environments")

export const keys = (env: string): Options<readonly Key[]> =>
  get<readonly Key[]>([env, "keys"], inEnvironment(env, "/keys"))

export const comparison = (env: string, other: string): Options<Comparison> => ({
  ...get<Comparison>(
    [env, "flags", "compare", other],
    inEnvironment(env, `/compare?with=${encodeURIComponent(other)}`),
  ),
  refetchOnMount: "always",
})

/** What copying a selection into an environment would change. */
export const copyPlan = (to: string, what: CopySelection): Options<Copying> => ({
  queryKey: [to, "flags", "copy-plan", what],
  queryFn: ({ signal }) => call<Copying>("POST", inEnvironment(to, "/copy/plan"), what, signal),
})
