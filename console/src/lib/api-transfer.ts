/** Files and webhooks, as internal/api writes them. */

export type Verb = "add" | "change" | "remove"

export interface FileField {
  readonly path: string
  readonly before?: unknown
  readonly after?: unknown
}

export interface FileItem {
  readonly verb: Verb
  readonly noun: "flag" | "segment"
  readonly key: string
  readonly fields: readonly FileField[]
}

/** What a file would change in one environment. */
export interface FileDifference {
  readonly environment: string
  readonly revision: number
  readonly items: readonly FileItem[]
  /** What the environment has and the file does not, and what stays. */
  readonly extra: readonly string[]
  readonly notes: readonly string[]
  /** Client key of the Flagsmith environment that the file comes from. */
  readonly file_key?: string
  readonly can_adopt?: boolean
  readonly adopts_key?: boolean
}

export interface FileDifferences {
  readonly differs: boolean
  readonly differences: readonly FileDifference[]
}

export interface FileText {
  readonly name: string
  readonly text: string
  readonly environment?: string
  readonly otherwise: string
  readonly prune: boolean
  readonly adopt_key: boolean
}

export interface WrittenFile {
  readonly name: string
  readonly text: string
  /** What a foreign form does not hold, or holds in another way. */
  readonly notes?: readonly string[]
}

export interface Webhook {
  readonly id: string
  readonly url: string
  readonly description: string
  readonly kinds: readonly string[]
  /** Why nothing is sent; absent while it is. */
  readonly disabled?: string
  readonly created_at: string
}

export interface WebhookSecret extends Webhook {
  readonly secret: string
}

export interface Delivery {
  readonly id: string
  /** Of the commit; 0 of a message without one. */
  readonly revision: number
  readonly state: "pending" | "delivered"
  readonly attempts: number
  readonly created_at: string
  readonly sent_at?: string
  readonly next_at: string
  readonly status?: number
  readonly latency_ms?: number
  readonly problem?: string
  readonly excerpt?: string
}
