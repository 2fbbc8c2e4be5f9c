/** What the server says when a change was not made yet: it waits for approvals or for its time. */
interface Held {
  readonly change_request: string
  readonly detail: string
}

/** Why a change was not made yet; undefined when it was. */
export function heldBecause(answer: unknown): string | undefined {
  if (typeof answer !== "object" || answer === null) return undefined
  const { change_request: request, detail } = answer as Partial<Held>
  return request ? (detail ?? "It waits as a change request.") : undefined
}
