import { isPlain } from "./page.ts"

/** A value that lost, and where. */
export interface Loser {
  readonly path: string
  readonly chosen: unknown
  readonly other: unknown
}

/** Deeper than any form; below it values are taken whole. */
const deepest = 64

/**
 * Three-way merge of what the old side has now (`mine`) and what the new side made (`theirs`), both from `base`.
 * `undefined` means that there is nothing. Plain objects are merged field by field, everything else is taken whole.
 *
 * - Changed on one side: that side. Changed on both: `theirs`, since it was typed last, and `mine` is a loser.
 * - Nothing is deleted: a value that one side removed stays.
 * - A value of another kind than the old side knows (text became a list) would break the old code: the old value is
 *   chosen and `theirs` is a loser.
 */
export function mergeThreeWay(
  base: unknown,
  mine: unknown,
  theirs: unknown,
  lose: (loser: Loser) => void = () => undefined,
  path = "",
  depth = 0,
): unknown {
  if (theirs === undefined || same(mine, theirs)) return mine
  if (mine === undefined) return restoreKind(base, theirs, path, lose)
  if (isPlain(mine) && isPlain(theirs) && depth < deepest) {
    const from = isPlain(base) ? base : {}
    const keys = new Set([...Object.keys(mine), ...Object.keys(theirs)])
    return Object.fromEntries(
      [...keys].map((key) => [
        key,
        mergeThreeWay(
          own(from, key),
          own(mine, key),
          own(theirs, key),
          lose,
          path === "" ? key : `${path}.${key}`,
          depth + 1,
        ),
      ]),
    )
  }
  if (same(base, theirs)) return mine
  if (kind(mine) !== kind(theirs) && mine !== null && theirs !== null) {
    lose({ path, chosen: mine, other: theirs })
    return mine
  }
  if (!same(base, mine)) lose({ path, chosen: theirs, other: mine })
  return theirs
}

/** The old side removed the value while the new one has it: it stays if it is still of the kind the old side knew. */
function restoreKind(
  base: unknown,
  theirs: unknown,
  path: string,
  lose: (loser: Loser) => void,
): unknown {
  if (base === undefined || base === null || theirs === null || kind(base) === kind(theirs))
    return theirs
  lose({ path, chosen: base, other: theirs })
  return base
}

function own(record: Record<string, unknown>, key: string): unknown {
  return Object.hasOwn(record, key) ? record[key] : undefined
}

function kind(value: unknown): string {
  if (typeof value !== "object" || value === null) return value === null ? "null" : typeof value
  return Object.prototype.toString.call(value)
}

/**
 * Whether two values say the same, for everything that IndexedDB stores. Blobs and files count as the same when type
 * and size are, since their contents cannot be read without waiting.
 */
export function same(one: unknown, other: unknown, depth = 0): boolean {
  if (Object.is(one, other)) return true
  if (!isObject(one) || !isObject(other) || kind(one) !== kind(other) || depth > deepest)
    return false
  return sameSpecial(one, other, depth) ?? sameFields(one, other, depth)
}

/** Undefined for objects that are only their fields. */
function sameSpecial(one: object, other: object, depth: number): boolean | undefined {
  if (one instanceof Date) return Object.is(one.getTime(), (other as Date).getTime())
  if (one instanceof Blob)
    return one.size === (other as Blob).size && one.type === (other as Blob).type
  if (one instanceof Map || one instanceof Set) {
    return same([...one], [...(other as Set<unknown>)], depth + 1)
  }
  if (one instanceof RegExp || one instanceof Error) return String(one) === String(other)
  const bytes = toBytes(one)
  const otherBytes = toBytes(other)
  if (!bytes || !otherBytes) return undefined
  return bytes.length === otherBytes.length && bytes.every((byte, at) => byte === otherBytes[at])
}

function sameFields(one: object, other: object, depth: number): boolean {
  const keys = Object.keys(one)
  if (keys.length !== Object.keys(other).length) return false
  return keys.every(
    (key) =>
      Object.hasOwn(other, key) &&
      same(
        (one as Record<string, unknown>)[key],
        (other as Record<string, unknown>)[key],
        depth + 1,
      ),
  )
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null
}

/** The bytes of a buffer or of a view on one. */
export function toBytes(value: object): Uint8Array | undefined {
  if (value instanceof ArrayBuffer) return new Uint8Array(value)
  if (ArrayBuffer.isView(value))
    return new Uint8Array(value.buffer, value.byteOffset, value.byteLength)
  return undefined
}
