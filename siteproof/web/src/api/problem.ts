/** What went wrong, in words for the person, as the server says it (RFC 9457) or as the browser does. */
export interface Problem {
  /** HTTP status; 0 when the server could not be reached. */
  readonly status: number
  readonly title: string
  readonly detail: string
  readonly hint?: string
  /** Messages by field. */
  readonly fields: Readonly<Record<string, string>>
}

/** A refusal of the server, or no answer at all. */
export class ApiError extends Error {
  readonly problem: Problem

  constructor(problem: Problem) {
    super(problem.detail || problem.title)
    this.name = "ApiError"
    this.problem = problem
  }
}

export const unreachable: Problem = {
  status: 0,
  title: "No connection",
  detail: "SiteProof's server could not be reached.",
  hint: "What you save is kept on this device and sent when the connection is back.",
  fields: {},
}

/** Reads a problem document; anything else becomes a plain sentence about the status. */
export function decodeProblem(status: number, body: unknown): Problem {
  const given = isRecord(body) ? body : {}
  const fields: Record<string, string> = {}
  for (const field of Array.isArray(given.fields) ? (given.fields as readonly unknown[]) : []) {
    if (isRecord(field) && typeof field.name === "string" && typeof field.message === "string") {
      fields[field.name] = field.message
    }
  }
  return {
    status,
    title: typeof given.title === "string" ? given.title : "Something went wrong",
    detail: typeof given.detail === "string" ? given.detail : `The server answered with ${status}.`,
    ...(typeof given.hint === "string" ? { hint: given.hint } : {}),
    fields,
  }
}

/** The problem inside anything that was thrown. */
export function problemOf(error: unknown): Problem {
  if (error instanceof ApiError) return error.problem
  return {
    status: 0,
    title: "Something went wrong",
    detail: error instanceof Error ? error.message : String(error),
    fields: {},
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value)
}
