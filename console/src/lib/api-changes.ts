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

export interface ChangeRequest {
  readonly id: string
  readonly title: string
  readonly reason: string
  readonly by: Actor
  readonly created_at: string
  readonly expires_at: string
  readonly needed: number
  readonly state: ChangeState
  readonly why?: string
  readonly conflicts?: readonly Conflict[]
  readonly steps: readonly Batch[]
  readonly approvals: readonly Consent[]
  readonly comments: readonly Comment[]
  readonly closed_at?: string
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
