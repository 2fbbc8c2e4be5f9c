import type { QueryKey, UseQueryOptions } from "@tanstack/react-query"
import type { ChecklistOverview, Report } from "./api-preflight.ts"
import { call } from "./http.ts"

type Options<T> = UseQueryOptions<T, Error, T, QueryKey> & { readonly queryKey: QueryKey }

/** Telemetry and time turn items red and green, which nobody announces: asked again this often, ms. */
const lookEvery = 10_000

/** What has to be so before a rollout's next phase. */
export const rolloutChecklist = (env: string, id: string): Options<Report> => ({
  queryKey: [env, "rollouts", id, "checklist"],
  queryFn: ({ signal }) =>
    call<Report>("GET", `/rollouts/${encodeURIComponent(id)}/checklist`, undefined, signal),
  refetchInterval: lookEvery,
})

/** What an environment asks for, and what was recorded. */
export const checklist = (env: string): Options<ChecklistOverview> => ({
  queryKey: [env, "rollouts", "checklist"],
  queryFn: ({ signal }) =>
    call<ChecklistOverview>(
      "GET",
      `/environments/${encodeURIComponent(env)}/checklist`,
      undefined,
      signal,
    ),
  refetchInterval: lookEvery,
})
