import type { QueryKey, UseQueryOptions } from "@tanstack/react-query"
import type {
  Experiment,
  ExperimentPlan,
  ExperimentResult,
  PlanQuestion,
} from "./api-experiments.ts"
import type { WholeFlag } from "./api-flags.ts"
import { call } from "./http.ts"

type Options<T> = UseQueryOptions<T, Error, T, QueryKey> & { readonly queryKey: QueryKey }

/** How often a running experiment is counted again, in milliseconds: what people do is no change that is announced. */
const countEvery = 15_000

const inEnvironment = (env: string, rest: string): string =>
  `/environments/${encodeURIComponent(env)}/${rest}`

/** The address of an experiment. */
export const experimentAt = (id: string, rest = ""): string =>
  `/experiments/${encodeURIComponent(id)}${rest}`

export const experimentsAt = (env: string): string => inEnvironment(env, "experiments")

export const experiments = (env: string): Options<readonly Experiment[]> => ({
  queryKey: [env, "experiments"],
  queryFn: ({ signal }) => call("GET", experimentsAt(env), undefined, signal),
})

export const experiment = (env: string, id: string): Options<ExperimentResult> => ({
  queryKey: [env, "experiments", id],
  queryFn: ({ signal }) => call("GET", experimentAt(id), undefined, signal),
  refetchInterval: (query) => (query.state.data?.state === "stopped" ? false : countEvery),
})

export const experimentPlan = (env: string, q: PlanQuestion): Options<ExperimentPlan> => ({
  queryKey: [env, "experiments", "/plan", q],
  queryFn: ({ signal }) => call("POST", inEnvironment(env, "experiments/plan"), q, signal),
  retry: false,
})

interface Node extends WholeFlag {
  readonly children: readonly Node[]
}

/** Flags that give people one of several values. */
export const flagsWithVariants = (env: string): Options<readonly WholeFlag[]> => ({
  queryKey: [env, "flags", "/variants"],
  queryFn: async ({ signal }) => {
    const tree = await call<readonly Node[]>("GET", inEnvironment(env, "flags"), undefined, signal)
    const flat = (nodes: readonly Node[]): readonly Node[] =>
      nodes.flatMap((n) => [n, ...flat(n.children)])
    return flat(tree).filter((f) => f.variants.some((v) => v.weight > 0))
  },
})
