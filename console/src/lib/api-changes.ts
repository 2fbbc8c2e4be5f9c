/** Change requests, undo and people, as internal/api writes them. */

import type { Change, Commit } from "./api.ts"

export type ChangeState =
  | "waiting"
  | "scheduled"
  | "stale"
  | "late"
  | "applied"
  | "rejected"
  | "withdrawn"
  | "expired"
  | "failed"

export type Actor = Commit["actor"]

export interface Batch {
  readonly at?: string
  readonly zone?: string
  readonly changes: readonly Change[]
  readonly applied_at?: string
  readonly revision?: number
  readonly note?: string
}

export interface Conflict {
  readonly kind: string
  readonly subject: string
  readonly field?: string
  readonly expected?: unknown
  readonly now?: unknown
  readonly wanted?: unknown
  readonly by?: string
  readonly revision?: number
}

export interface Consent {
  readonly by: Actor
  readonly at: string
  readonly reason: string
}

export interface Comment {
  readonly by: Actor
  readonly at: string
  readonly text: string
}

/** Why an approval would not count, and until when. */
export interface Obstacle {
  readonly why: string
  readonly until: string
}

/** Somebody who may approve a request, and why their yes would not count now. */
export interface Approver {
  readonly id: string
  readonly name: string
  readonly obstacle?: Obstacle
}

export interface ChangeRequest {
  readonly id: string
  readonly title: string
  readonly reason: string
  readonly by: Actor
  readonly created_at: string
  readonly expires_at: string
  readonly needed: number
  /** Why that is one person more than the environment asks for. */
  readonly extra?: string
  readonly state: ChangeState
  readonly why?: string
  readonly conflicts?: readonly Conflict[]
  readonly steps: readonly Batch[]
  readonly approvals: readonly Consent[]
  readonly comments: readonly Comment[]
  readonly closed_at?: string
  /** Why the approval of whoever is signed in would not count. */
  readonly obstacle?: Obstacle
  /** Who else may approve it while it waits; not in lists. */
  readonly approvers?: readonly Approver[]
}

export type ChangeAct = "approve" | "reject" | "withdraw" | "refresh" | "run"

export interface NewStep {
  readonly at?: string
  readonly zone?: string
  readonly edits: readonly { readonly flag: string; readonly set: Record<string, unknown> }[]
}

export interface Undo {
  readonly revision: number
  readonly changes: readonly Change[]
  readonly conflicts: readonly Conflict[]
  readonly obstacle?: string
}

export type Role = "admin" | "operator" | "viewer"

export interface Member {
  readonly id: string
  readonly name: string
  readonly email: string
  readonly role: Role
  readonly active: boolean
  readonly invited: boolean
}

export interface Invited extends Member {
  readonly link?: string
  readonly expires_at?: string
}
