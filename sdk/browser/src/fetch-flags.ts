import { readAnswer, type ServerFlag } from "./known-flags.ts"
import { readStreamAddress, type StreamAddress } from "./stream.ts"
import type { BelayUser } from "./types.ts"

/** What came of asking for flags. */
export type Answer =
  | {
      readonly kind: "flags"
      readonly flags: Map<string, ServerFlag>
      readonly revision: number
      /** Absent: these flags were put together here. */
      readonly etag?: string | undefined
      /** Absent: as before. */
      readonly stream?: StreamAddress | undefined
    }
  | { readonly kind: "unchanged"; readonly revision: number }
  | { readonly kind: "failed"; readonly error: unknown; readonly waitMs: number }

export interface Question {
  readonly url: URL
  readonly clientKey: string
  readonly user: BelayUser
  readonly session: string
  readonly etag: string | undefined
}

const answerWithinMs = 10_000
/** A refused key does not get better by asking often. */
const refusedWaitMs = 300_000

/** Asks for all flags of one person over OFREP. Never rejects. */
export async function fetchFlags(question: Question): Promise<Answer> {
  const { url, clientKey, user, session, etag } = question
  const abort = new AbortController()
  const timer = setTimeout(() => abort.abort(), answerWithinMs)
  try {
    const response = await fetch(`${url.href}ofrep/v1/evaluate/flags`, {
      method: "POST",
      headers: {
        "Content-Type": "application/json",
        Authorization: `Bearer ${clientKey}`,
        "Belay-Session": session,
        ...(etag !== undefined && { "If-None-Match": etag }),
      },
      body: JSON.stringify({ context: { ...user.traits, targetingKey: user.id } }),
      credentials: "omit",
      cache: "no-store",
      signal: abort.signal,
    })
    const revision = Number(response.headers.get("Belay-Revision")) || 0
    if (response.status === 304) return { kind: "unchanged", revision }
    if (!response.ok) {
      const refused = response.status === 401 || response.status === 403
      return failed(
        `Belay answered ${response.status} for flags`,
        Math.max(readRetryAfter(response), refused ? refusedWaitMs : 0),
      )
    }
    const body: unknown = await response.json()
    const flags = readAnswer(body)
    if (!flags) return failed("Belay's answer is not in OFREP's form", 0)
    return {
      kind: "flags",
      flags,
      revision,
      etag: response.headers.get("ETag") ?? undefined,
      stream: readStreamAddress(body, url, session),
    }
  } catch (error) {
    return { kind: "failed", error, waitMs: 0 }
  } finally {
    clearTimeout(timer)
  }
}

function failed(text: string, waitMs: number): Answer {
  return { kind: "failed", error: new Error(text), waitMs }
}

/** ms that a server asked to be left alone for: seconds or a date; 0 when it did not. */
export function readRetryAfter(response: Response): number {
  const given = response.headers.get("Retry-After")
  if (!given) return 0
  const ms = /^\d+$/.test(given) ? Number(given) * 1000 : Date.parse(given) - Date.now()
  return ms > 0 ? Math.min(ms, 3_600_000) : 0
}
