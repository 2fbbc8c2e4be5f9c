import { keepPreviousData, type QueryKey, type UseQueryOptions } from "@tanstack/react-query"
import type { Plan } from "./api.ts"
import type { Forecast, Foretell } from "./api-forecast.ts"
import { call } from "./http.ts"

type Options<T> = UseQueryOptions<T, Error, T, QueryKey> & { readonly queryKey: QueryKey }

/** The plan that a rollout has when nobody names another; it changes with Belay's version only. */
export const usualPlan = (): Options<Plan> => ({
  queryKey: ["plan"],
  queryFn: ({ signal }) => call<Plan>("GET", "/plan", undefined, signal),
  staleTime: Number.POSITIVE_INFINITY,
})

/** Traffic changes slowly; a forecast is asked for anew after this long, ms. */
const foretoldFor = 60_000

/** What is to be expected of a rollout that is planned. */
export const forecastOf = (env: string, id: string, harm: number): Options<Forecast> => ({
  queryKey: [env, "forecast", id, harm],
  queryFn: ({ signal }) =>
    call<Forecast>(
      "GET",
      `/rollouts/${encodeURIComponent(id)}/forecast?harm=${harm}`,
      undefined,
      signal,
    ),
  staleTime: foretoldFor,
  placeholderData: keepPreviousData,
})

/** What is to be expected of a plan that nobody has kept yet. */
export const forecastPlan = (env: string, asked: Foretell): Options<Forecast> => ({
  queryKey: [env, "forecast", asked],
  queryFn: ({ signal }) =>
    call<Forecast>(
      "POST",
      `/environments/${encodeURIComponent(env)}/rollouts/forecast`,
      asked,
      signal,
    ),
  staleTime: foretoldFor,
  placeholderData: keepPreviousData,
})
