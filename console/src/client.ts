import { QueryCache, QueryClient } from "@tanstack/react-query"
import { Problem } from "./lib/http.ts"

/** How often a read is tried again before the page says that it failed; answers about the request itself never are. */
const retries = 2

const signedOut = (error: unknown): boolean => error instanceof Problem && error.status === 401

/** Everything the console knows of the server. */
export const client: QueryClient = new QueryClient({
  queryCache: new QueryCache({
    onError: (error, query) => {
      if (!signedOut(error) || query.queryKey[0] === "session") return
      client.removeQueries({ queryKey: ["session"] })
      whenSignedOut()
    },
  }),
  defaultOptions: {
    queries: {
      staleTime: 1_000,
      retry: (failures, error) =>
        failures < retries &&
        !(error instanceof Problem && error.status >= 400 && error.status < 500),
      retryDelay: (n) => 400 * 2 ** n,
      networkMode: "always",
    },
    mutations: { networkMode: "always" },
  },
})

let whenSignedOut: () => void = () => undefined

/** Says where to go once the server no longer knows who this is. */
export function onSignedOut(go: () => void): void {
  whenSignedOut = go
}
