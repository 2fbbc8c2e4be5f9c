import { isPlain } from "./page.ts"
import type { Change, Row } from "./storage.ts"

/** A draft as it is stored. */
export interface DraftRow extends Row {
  readonly subject: string
  readonly key: string
  readonly fields: Readonly<Record<string, unknown>>
  /** ms since 1970 when each field was last changed. */
  readonly times: Readonly<Record<string, number>>
  /** ms since 1970 of the last change. */
  readonly at: number
  /** It was handed over or thrown away; kept so that a restore does not bring it back. */
  readonly gone?: true
  /** It was handed over with this mutation and is forgotten when that one has been sent. */
  readonly mutation?: string
}

/** Keys of drafts are apart for each person. */
export function draftId(subject: string, key: string): string {
  return JSON.stringify([subject, key])
}

/** Marks a draft as gone, within a transaction. With a mutation only if it was handed over with that one. */
export function forgetDraft(change: Change, subject: string, key: string, mutation?: string): void {
  const id = draftId(subject, key)
  change.get("drafts", id, (found) => {
    const row = found as DraftRow | undefined
    if (mutation !== undefined && row?.mutation !== mutation) return
    const gone: DraftRow = { id, subject, key, fields: {}, times: {}, at: Date.now(), gone: true }
    change.put("drafts", gone)
  })
}

/** Hands a draft over with a mutation, within the transaction that queues it. */
export function handOverDraft(
  change: Change,
  subject: string,
  key: string,
  mutation: string,
): void {
  change.get("drafts", draftId(subject, key), (found) => {
    const row = found as DraftRow | undefined
    if (standing(row)) change.put("drafts", { ...row, mutation } as DraftRow)
  })
}

/** Gives a draft back that had been handed over with a mutation which nobody wants any more. */
export function returnDraft(change: Change, subject: string, key: string, mutation: string): void {
  change.get("drafts", draftId(subject, key), (found) => {
    const row = found as DraftRow | undefined
    if (row?.mutation !== mutation) return
    const { mutation: _, ...returned } = row
    change.put("drafts", returned)
  })
}

/** Keystrokes that the page could not store any more before it left. */
export interface Tail {
  readonly fields: Readonly<Record<string, unknown>>
  readonly at: number
}

const tailPrefix = "belay:tail:"

/** Whether a row holds something to go on with. */
export function standing(row: DraftRow | undefined): row is DraftRow {
  return row !== undefined && !row.gone && row.mutation === undefined
}

/** What a draft was when it was last seen: the row, with every field that a tail has newer. */
export function fold(
  row: DraftRow | undefined,
  tails: readonly Tail[],
  ttlMs: number,
): {
  readonly fields: Record<string, unknown>
  readonly at: number
  readonly late: Record<string, unknown>
} {
  const stored = standing(row) && fresh(row.at, ttlMs) ? row : undefined
  const fields: Record<string, unknown> = { ...stored?.fields }
  const late: Record<string, unknown> = {}
  let at = stored?.at ?? 0
  for (const tail of tails) {
    if (!fresh(tail.at, ttlMs) || (!stored && row && tail.at <= row.at)) continue
    for (const [field, value] of Object.entries(tail.fields)) {
      if (tail.at <= (stored?.times[field] ?? 0)) continue
      late[field] = fields[field] = value
    }
    at = Math.max(at, tail.at)
  }
  return { fields, at, late }
}

/** A clock that was set back must not make a draft old. */
function fresh(at: number, ttlMs: number): boolean {
  return Date.now() - at <= ttlMs
}

/** Where the tail of a draft lies; every tab has its own. */
export function tailKey(app: string, id: string, tab: string): string {
  return `${tailPrefix}${app}:${id}:${tab}`
}

/** The tails of a draft that any tab has left, oldest first. */
export function readTails(
  app: string,
  id: string,
): readonly { readonly key: string; readonly tail: Tail }[] {
  const found: { key: string; tail: Tail }[] = []
  try {
    const prefix = tailKey(app, id, "")
    for (let index = 0; index < localStorage.length; index += 1) {
      const key = localStorage.key(index)
      if (!key?.startsWith(prefix)) continue
      const tail: unknown = JSON.parse(localStorage.getItem(key) ?? "null")
      if (isPlain(tail) && isPlain(tail.fields) && typeof tail.at === "number") {
        found.push({ key, tail: { fields: tail.fields, at: tail.at } })
      }
    }
  } catch {
    // Refused or damaged: what IndexedDB has is what there is.
  }
  return found.sort((one, other) => one.tail.at - other.tail.at)
}

/** Writes or (undefined) removes a tail; never throws. */
export function writeTail(key: string, tail: Tail | undefined): void {
  try {
    if (tail) localStorage.setItem(key, JSON.stringify(tail))
    else localStorage.removeItem(key)
  } catch {
    // Full or refused: the autosave 250 ms after the keystroke is the other way out.
  }
}

const secretName =
  /pass(word|wort|phrase|code)|secret|(^|[_-])(pin|otp|cvv|cvc|ssn|iban)($|[_-])|card_?-?(number|no)$|credit_?-?card|security_?-?code|one_?-?time|access_?-?token/i

/** Whether a field's name says that it must never be stored. */
export function soundsSecret(name: string): boolean {
  return secretName.test(name.replace(/([a-z])([A-Z])/g, "$1_$2"))
}
