import { keepPreviousData, type QueryKey, type UseQueryOptions } from "@tanstack/react-query"
import type { Delivery, FileDifferences, FileText, Webhook, WrittenFile } from "./api-transfer.ts"
import { call } from "./http.ts"
import { inEnvironment } from "./queries-flags.ts"

type Options<T> = UseQueryOptions<T, Error, T, QueryKey> & { readonly queryKey: QueryKey }

/** Messages are sent without a commit that would announce it, so the page asks again this often, ms. */
const deliveriesEvery = 2_000

/**
 * What a file would change. Files are large, so the key names one by a number of its own. It stands below the flags:
 * when they change, it is compared anew.
 */
export const fileDifferences = (
  env: string,
  file: number,
  text: FileText,
): Options<FileDifferences> => ({
  queryKey: [env, "flags", "file", file, text.environment, text.prune, text.adopt_key],
  queryFn: ({ signal }) => call<FileDifferences>("POST", "/files/compare", text, signal),
  placeholderData: keepPreviousData,
  gcTime: 0,
  retry: false,
})

/** An environment as Flagsmith's document. It stands below the flags: when they change, it is written anew. */
export const flagsmithDocument = (env: string): Options<WrittenFile> => ({
  queryKey: [env, "flags", "document"],
  queryFn: ({ signal }) =>
    call<WrittenFile>(
      "GET",
      `/files?${new URLSearchParams({ environments: env, format: "flagsmith" })}`,
      undefined,
      signal,
    ),
  gcTime: 0,
  retry: false,
})

export const webhooks = (env: string): Options<readonly Webhook[]> => ({
  queryKey: [env, "webhooks"],
  queryFn: ({ signal }) =>
    call<readonly Webhook[]>("GET", inEnvironment(env, "/webhooks"), undefined, signal),
})

/** What was sent to a webhook lately and what waits, newest first. */
export const deliveries = (env: string, id: string): Options<readonly Delivery[]> => ({
  queryKey: [env, "webhooks", id, "deliveries"],
  queryFn: ({ signal }) =>
    call<readonly Delivery[]>("GET", `/webhooks/${id}/deliveries`, undefined, signal),
  refetchInterval: deliveriesEvery,
})
