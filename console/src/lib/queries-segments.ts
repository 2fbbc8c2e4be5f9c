import type { QueryKey, UseQueryOptions } from "@tanstack/react-query"
import type {
  ExplainRequest,
  Explanation,
  IdentityList,
  IdentityPage,
  Property,
  Rule,
  Segment,
  SegmentPreview,
} from "./api-segments.ts"
import { call } from "./http.ts"

type Options<T> = UseQueryOptions<T, Error, T, QueryKey> & { readonly queryKey: QueryKey }

export const environmentPath = (env: string, rest: string): string =>
  `/environments/${encodeURIComponent(env)}/${rest}`

/** Keys of what changes when flags do. No flag's key begins with a slash, so they never meet those of single flags. */
const key = (env: string, ...rest: readonly unknown[]): QueryKey => [env, "flags", ...rest]

export const segmentPath = (env: string, segment: string): string =>
  environmentPath(env, `segments/${encodeURIComponent(segment)}`)

export const segments = (env: string): Options<readonly Segment[]> => ({
  queryKey: key(env, "/segments"),
  queryFn: ({ signal }) => call("GET", environmentPath(env, "segments"), undefined, signal),
})

export const segment = (env: string, segmentKey: string): Options<Segment> => ({
  queryKey: key(env, "/segments", segmentKey),
  queryFn: ({ signal }) => call("GET", segmentPath(env, segmentKey), undefined, signal),
  gcTime: 0, // whoever opens the editor begins with what is kept now, not with what was seen before
})

/** Who would be in; `segmentKey` of a segment that is there already. */
export const preview = (
  env: string,
  segmentKey: string,
  rules: readonly Rule[],
): Options<SegmentPreview> => ({
  queryKey: [env, "people", "/preview", segmentKey, rules],
  queryFn: ({ signal }) =>
    call(
      "POST",
      environmentPath(env, "segments/preview"),
      { ...(segmentKey ? { key: segmentKey } : {}), rules },
      signal,
    ),
})

export const properties = (env: string): Options<readonly Property[]> => ({
  queryKey: [env, "people", "/traits"],
  queryFn: ({ signal }) => call("GET", environmentPath(env, "traits"), undefined, signal),
})

export const explanation = (
  env: string,
  flag: string,
  ask: ExplainRequest,
): Options<Explanation> => ({
  queryKey: key(env, "/why", flag, ask),
  queryFn: ({ signal }) =>
    call("POST", environmentPath(env, `flags/${encodeURIComponent(flag)}/explain`), ask, signal),
})

export const identities = (env: string, find: string): Options<IdentityList> => ({
  queryKey: [env, "people", "/identities", find],
  queryFn: ({ signal }) =>
    call(
      "GET",
      environmentPath(env, `identities?find=${encodeURIComponent(find)}`),
      undefined,
      signal,
    ),
})

export const identity = (env: string, identifier: string): Options<IdentityPage> => ({
  queryKey: key(env, "/identity", identifier),
  queryFn: ({ signal }) =>
    call(
      "GET",
      environmentPath(env, `identity?identifier=${encodeURIComponent(identifier)}`),
      undefined,
      signal,
    ),
})
