import type { QueryKey, UseQueryOptions } from "@tanstack/react-query"
import type { Board } from "./api-score.ts"
import { call } from "./http.ts"

type Options<T> = UseQueryOptions<T, Error, T, QueryKey> & { readonly queryKey: QueryKey }

/** The server makes a board anew at most every ten seconds, ms. */
const boardEvery = 15_000

/** The score board; `rollout` is "" for the newest that has started, "none" for the environment alone. */
export const score = (env: string, rollout: string): Options<Board> => ({
  queryKey: [env, "score", rollout],
  queryFn: ({ signal }) =>
    call<Board>(
      "GET",
      `/environments/${encodeURIComponent(env)}/score${rollout ? `?rollout=${encodeURIComponent(rollout)}` : ""}`,
      undefined,
      signal,
    ),
  refetchInterval: boardEvery,
})
