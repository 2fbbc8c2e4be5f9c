import { useCallback, useSyncExternalStore } from "react"
import { useSiteproof } from "../app/context.ts"
import type { Resource } from "./state.ts"

const waiting: Resource<never> = { state: "loading" }

/** Something from the server and the way to ask again. Without a path it stays `loading`. */
export function useResource<T>(path: string | undefined): {
  readonly resource: Resource<T>
  reload(): void
} {
  const { api } = useSiteproof()
  const subscribe = useCallback(
    (callback: () => void) => (path === undefined ? () => undefined : api.watch(path, callback)),
    [api, path],
  )
  const read = (): Resource<T> => (path === undefined ? waiting : api.read<T>(path))
  const resource = useSyncExternalStore(subscribe, read)
  const reload = useCallback(() => {
    if (path !== undefined) api.reload(path)
  }, [api, path])
  return { resource, reload }
}

/** Changes the value of what is ready and leaves the other states as they are. */
export function mapResource<T, U>(resource: Resource<T>, map: (value: T) => U): Resource<U> {
  return resource.state === "ready" ? { ...resource, value: map(resource.value) } : resource
}
