import type { Mutation } from "./types.ts"

/** What to do after an attempt. */
export type Verdict =
  | { readonly next: "sent"; readonly status: number; readonly body: unknown }
  | {
      readonly next: "dead"
      readonly status: number
      readonly detail: string
      readonly body: unknown
    }
  | { readonly next: "retry"; readonly waitMs: number }
  | { readonly next: "sign-in" }

/** A server that has the key at work answers 409 for as long as that takes; one that means it answers it for ever. */
const mostConflicts = 5
const mostAnswerLength = 256 * 1024

/** Sends one mutation with `fetch`. */
export function sendJson(about: {
  readonly mutation: Mutation
  readonly signal: AbortSignal
}): Promise<Response> {
  const { id, url, method, payload } = about.mutation
  return fetch(url, {
    method,
    headers: { "Content-Type": "application/json", "Idempotency-Key": `"${id}"` },
    ...(payload !== undefined && { body: JSON.stringify(payload) }),
    credentials: "same-origin",
    signal: about.signal,
  })
}

/**
 * Reads an answer. 408, 425, 429 and 5xx are tried again, 409 five times unless the server names a time
 * (`Retry-After`); 401 waits until someone has signed in; other 4xx are for good. A page of HTML where data were
 * expected is a captive portal's, not the server's.
 */
export async function judge(response: Response, attempts: number): Promise<Verdict> {
  const { status } = response
  const wait = { next: "retry", waitMs: retryAfter(response) } as const
  if (status === 401) return { next: "sign-in" }
  if ([408, 425, 429].includes(status) || status >= 500) return wait
  if (status === 409 && (response.headers.has("Retry-After") || attempts < mostConflicts))
    return wait
  const kind = response.headers.get("Content-Type") ?? ""
  if (response.ok && kind.startsWith("text/html")) return wait
  const body = await readBody(response, kind)
  if (response.ok) return { next: "sent", status, body }
  return { next: "dead", status, detail: readDetail(body, status), body }
}

async function readBody(response: Response, kind: string): Promise<unknown> {
  const text = await response.text()
  if (text === "" || text.length > mostAnswerLength) return undefined
  if (!/[/+]json/.test(kind)) return text
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

function readDetail(body: unknown, status: number): string {
  if (typeof body === "object" && body !== null) {
    const { detail, title } = body as { readonly detail?: unknown; readonly title?: unknown }
    if (typeof detail === "string" && detail) return detail
    if (typeof title === "string" && title) return title
  }
  return `The server answered ${status}.`
}

function retryAfter(response: Response): number {
  const given = response.headers.get("Retry-After")
  if (!given) return 0
  const ms = /^\d+$/.test(given) ? Number(given) * 1000 : Date.parse(given) - Date.now()
  return ms > 0 ? Math.min(ms, 3_600_000) : 0
}
