import { type QueryClient, useQueryClient } from "@tanstack/react-query"
import { useEffect, useState } from "react"
import { type Topic, topics } from "./api.ts"
import { invalidate } from "./queries.ts"

/** Whether what is on the screen follows the server by itself. */
export type Live =
  | { readonly state: "connecting" }
  | { readonly state: "live" }
  | { readonly state: "lost"; readonly since: Date }

/** While the stream is down every page asks again this often, in milliseconds. */
const pollEvery = 5_000

/** A browser gives up an event stream for good after some answers; then it is opened anew after this, ms. */
const reopenAfter = 3_000

/** Changes come in bursts (one commit touches many things); they are gathered this long, ms. */
const gatherFor = 80

const isTopic = (v: unknown): v is Topic => topics.includes(v as Topic)

/** Follows the environment's event stream: what changed is asked for again, and nothing else. */
export function useLive(env: string): Live {
  const client = useQueryClient()
  const [live, setLive] = useState<Live>({ state: "connecting" })
  useEffect(() => follow(env, client, setLive), [env, client])
  return live
}

function follow(env: string, client: QueryClient, tell: (live: Live) => void): () => void {
  let source: EventSource | undefined
  let reopen: ReturnType<typeof setTimeout> | undefined
  let gather: ReturnType<typeof setTimeout> | undefined
  let lostAt: Date | undefined
  const changed = new Set<Topic>()

  const flush = (): void => {
    gather = undefined
    for (const topic of changed) void invalidate(client, env, topic)
    changed.clear()
  }
  const poll = setInterval(() => {
    if (lostAt) void client.invalidateQueries()
  }, pollEvery)

  const open = (): void => {
    source = new EventSource(`/api/v1/environments/${encodeURIComponent(env)}/events`)
    source.onopen = () => {
      // Whatever was announced while the stream was down was missed, so everything is asked for again.
      if (lostAt) void client.invalidateQueries()
      lostAt = undefined
      tell({ state: "live" })
    }
    source.onerror = () => {
      lostAt ??= new Date()
      tell({ state: "lost", since: lostAt })
      if (source?.readyState !== EventSource.CLOSED) return
      source.close()
      reopen = setTimeout(open, reopenAfter)
    }
    source.addEventListener("changed", (event: MessageEvent<string>) => {
      const topic = topicOf(event.data)
      if (!topic) return
      changed.add(topic)
      gather ??= setTimeout(flush, gatherFor)
    })
  }
  open()
  return () => {
    source?.close()
    clearInterval(poll)
    clearTimeout(reopen)
    clearTimeout(gather)
  }
}

function topicOf(text: string): Topic | undefined {
  try {
    const { topic } = JSON.parse(text) as { topic?: unknown }
    return isTopic(topic) ? topic : undefined
  } catch {
    return undefined
  }
}
