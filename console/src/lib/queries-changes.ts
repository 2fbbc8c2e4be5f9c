import type { QueryKey, UseQueryOptions } from "@tanstack/react-query"
import type { Commit, Person } from "./api.ts"
import type { ChangeRequest, Member, Undo } from "./api-changes.ts"
import { call } from "./http.ts"

type Options<T> = UseQueryOptions<T, Error, T, QueryKey> & { readonly queryKey: QueryKey }

const get = <T>(queryKey: QueryKey, path: string): Options<T> => ({
  queryKey,
  queryFn: ({ signal }) => call<T>("GET", path, undefined, signal),
})

/** The change requests of an environment, newest first, without their values. */
export const changes = (env: string): Options<readonly ChangeRequest[]> =>
  get([env, "changes"], `/environments/${encodeURIComponent(env)}/changes`)

/** Those of which something can still become. */
export const openChanges = (env: string): Options<readonly ChangeRequest[]> =>
  get([env, "changes", "open"], `/environments/${encodeURIComponent(env)}/changes?open=true`)

/** One change request with before and after. */
export const changeRequest = (env: string, id: string): Options<ChangeRequest> =>
  get([env, "changes", id], `/changes/${encodeURIComponent(id)}`)

/** What undoing a commit would do now. */
export const undo = (env: string, revision: number): Options<Undo> => ({
  ...get<Undo>([env, "commits", "undo", revision], `/commits/${revision}/undo`),
  retry: false,
})

/** Everybody who may sign in, or might have. */
export const people = (): Options<readonly Member[]> => get(["people"], "/people")

/** Whether a request waits for this person. */
export function waitsFor(request: ChangeRequest, who: Person | undefined): boolean {
  if (!who || who.role === "viewer") return false
  if (request.state === "stale" || request.state === "late") return true
  return (
    request.state === "waiting" &&
    !request.obstacle &&
    request.by.id !== who.id &&
    !request.approvals.some((a) => a.by.id === who.id)
  )
}

/** What narrows the journal; empty means any. */
export interface AuditFilter {
  /** Beginning of the kind, "flag.". */
  readonly kind: string
  readonly subject: string
  /** Name of who changed it. */
  readonly actor: string
  /** How long ago at most, as Go writes it: "24h". */
  readonly since: string
}

/** Query of the journal and of its export. People belong to no environment. */
export function auditQuery(env: string, filter: AuditFilter): URLSearchParams {
  const query = new URLSearchParams()
  if (!filter.kind.startsWith("person.")) query.set("environment", env)
  for (const [name, value] of Object.entries(filter)) if (value) query.set(name, value)
  return query
}

/** One page of the journal, at most this many commits. */
export const auditPerPage = 50

export async function readAudit(
  env: string,
  filter: AuditFilter,
  before: number,
  signal: AbortSignal,
): Promise<readonly Commit[]> {
  const query = auditQuery(env, filter)
  query.set("limit", String(auditPerPage))
  if (before) query.set("before", String(before))
  const all = await call<readonly Commit[]>("GET", `/audit?${query}`, undefined, signal)
  return all.map((c) => ({ ...c, changes: c.changes ?? [] }))
}
