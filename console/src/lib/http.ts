/** One field that the server did not accept. */
export interface FieldFault {
  readonly path: string
  readonly message: string
}

/** Problem is an answer that says what went wrong, in the words the server chose for people. */
export class Problem extends Error {
  readonly status: number
  readonly hint: string | undefined
  readonly fields: readonly FieldFault[]

  constructor(status: number, detail: string, hint?: string, fields: readonly FieldFault[] = []) {
    super(detail)
    this.name = "Problem"
    this.status = status
    this.hint = hint
    this.fields = fields
  }

  /** What the server said about one field of a form. */
  field(name: string): string | undefined {
    return this.fields.find((f) => f.path.split(".").pop() === name)?.message
  }
}

/** Waits is a change that was not made yet: it waits for approvals or its time, as a change request. */
export class Waits extends Problem {
  readonly request: string

  constructor(request: string, detail: string) {
    super(202, detail)
    this.name = "Waits"
    this.request = request
  }
}

/** How long an answer may take before the console says that none came, in milliseconds. */
const patience = 20_000

type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE"

/**
 * Calls /api/v1. Throws a Problem whatever goes wrong, also when no answer came (status 0), and Waits when the change
 * became a change request instead.
 */
export async function call<T>(
  method: Method,
  path: string,
  body?: unknown,
  signal?: AbortSignal,
): Promise<T> {
  const headers: Record<string, string> = { Accept: "application/json" }
  if (method !== "GET") headers["X-Belay-Console"] = "1"
  if (body !== undefined) headers["Content-Type"] = "application/json"
  const limit = AbortSignal.timeout(patience)
  let answer: Response
  try {
    answer = await fetch(`/api/v1${path}`, {
      method,
      headers,
      signal: signal ? AbortSignal.any([signal, limit]) : limit,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
  } catch (error) {
    if (signal?.aborted) throw error
    throw new Problem(
      0,
      limit.aborted
        ? `Belay did not answer within ${patience / 1000} seconds.`
        : "Belay cannot be reached from this browser.",
      "Pages keep the flags they have. `belay doctor` on the server says what is wrong.",
    )
  }
  if (!answer.ok) throw await problemOf(answer)
  if (answer.status === 204) return undefined as T
  const text = await answer.text()
  const request = answer.headers.get("Belay-Change-Request")
  if (answer.status === 202 && request) {
    throw new Waits(request, (JSON.parse(text) as { detail: string }).detail)
  }
  return (text === "" ? undefined : JSON.parse(text)) as T
}

async function problemOf(answer: Response): Promise<Problem> {
  try {
    const said = (await answer.json()) as {
      title?: string
      detail?: string
      hint?: string
      fields?: FieldFault[]
    }
    return new Problem(
      answer.status,
      said.detail || said.title || `Belay answered ${answer.status}.`,
      said.hint,
      said.fields ?? [],
    )
  } catch {
    return new Problem(answer.status, `Belay answered ${answer.status} without saying why.`)
  }
}

/** Whatever was thrown, as a Problem. */
export function asProblem(error: unknown): Problem {
  if (error instanceof Problem) return error
  return new Problem(0, error instanceof Error ? error.message : String(error))
}
