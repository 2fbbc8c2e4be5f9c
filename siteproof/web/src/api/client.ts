import { ApiError, decodeProblem, type Problem, problemOf, unreachable } from "./problem.ts"
import type { Resource } from "./state.ts"

/** Talks to SiteProof's server and remembers what it said, so that a screen opens with what is known. */
export interface Api {
  /** Asks and takes the answer; throws an {@link ApiError}. */
  call<T>(method: string, path: string, body?: unknown): Promise<T>
  /** What is known under a path; the object is the same until something changes. */
  read<T>(path: string): Resource<T>
  /** Hears of changes and keeps the path fresh meanwhile; returns the way to stop. */
  watch(path: string, callback: () => void): () => void
  /** Takes what a change answered instead of asking again. */
  put(path: string, value: unknown): void
  reload(path: string): void
  /** Asks again for everything that is on the screen. */
  refresh(): void
  stop(): void
}

interface Known {
  resource: Resource<unknown>
  readonly watchers: Set<() => void>
  /** Number of the newest request; answers to older ones are not taken. */
  asked: number
}

/** Reading gives up after this; a person should not wait longer for a screen. */
const answerWithinMs = 15_000
const mostKnown = 200
const loading: Resource<never> = { state: "loading" }

/** `onSignedOut` is called when the server says that nobody is signed in any more. */
export function createApi(deps: { onSignedOut(): void }): Api {
  const known = new Map<string, Known>()

  const entry = (path: string): Known => {
    const found = known.get(path)
    if (found) return found
    for (const [old, { watchers }] of known) {
      if (known.size < mostKnown) break
      if (watchers.size === 0) known.delete(old)
    }
    const made: Known = { resource: loading, watchers: new Set(), asked: 0 }
    known.set(path, made)
    return made
  }
  const show = (at: Known, resource: Resource<unknown>): void => {
    at.resource = resource
    for (const watcher of at.watchers) watcher()
  }

  const call = async <T>(method: string, path: string, body?: unknown): Promise<T> => {
    let response: Response
    let text: string
    try {
      response = await fetch(path, {
        method,
        credentials: "same-origin",
        signal: AbortSignal.timeout(answerWithinMs),
        ...(body !== undefined && {
          headers: { "Content-Type": "application/json" },
          body: JSON.stringify(body),
        }),
      })
      text = await response.text()
    } catch {
      throw new ApiError(unreachable)
    }
    if (response.ok) return parse(text) as T
    const problem = decodeProblem(response.status, parse(text))
    if (response.status === 401 && path !== "/api/session") deps.onSignedOut()
    throw new ApiError(problem)
  }

  const load = async (path: string): Promise<void> => {
    const at = entry(path)
    at.asked += 1
    const mine = at.asked
    const startedAt = Date.now()
    try {
      const value = await call<unknown>("GET", path)
      if (mine === at.asked) show(at, { state: "ready", value, at: startedAt, stale: false })
    } catch (error) {
      if (mine === at.asked) show(at, failed(at.resource, problemOf(error)))
    }
  }
  const loadWatched = (): void => {
    for (const [path, { watchers }] of known) if (watchers.size > 0) void load(path)
  }
  const onVisible = (): void => {
    if (document.visibilityState === "visible") loadWatched()
  }
  window.addEventListener("online", loadWatched)
  document.addEventListener("visibilitychange", onVisible)

  return {
    call,
    read: <T>(path: string) => (known.get(path)?.resource ?? loading) as Resource<T>,
    watch: (path, callback) => {
      const at = entry(path)
      const first = at.watchers.size === 0
      at.watchers.add(callback)
      if (first) void load(path)
      return () => {
        at.watchers.delete(callback)
      }
    },
    put: (path, value) => {
      const at = entry(path)
      at.asked += 1
      show(at, { state: "ready", value, at: Date.now(), stale: false })
    },
    reload: (path) => {
      const at = entry(path)
      if (at.resource.state === "error") show(at, loading)
      void load(path)
    },
    refresh: loadWatched,
    stop: () => {
      window.removeEventListener("online", loadWatched)
      document.removeEventListener("visibilitychange", onVisible)
    },
  }
}

/** Without an answer the screen keeps what it knows and says so; a refusal replaces it. */
function failed(before: Resource<unknown>, problem: Problem): Resource<unknown> {
  const kept = problem.status === 0 || problem.status >= 500
  if (before.state === "ready" && kept) return { ...before, stale: true }
  return { state: "error", problem }
}

function parse(text: string): unknown {
  if (text === "") return undefined
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
