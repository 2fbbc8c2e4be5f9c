import { toBytes } from "./merge.ts"

/**
 * Checksum of anything IndexedDB stores: SHA-256 over a tagged writing that tells every two different values apart
 * (Date from text, -0 from 0, holes from undefined). Keys that cannot be read (CryptoKey) count by their kind only.
 * Browsers offer SHA-256 on secure pages only; elsewhere it is FNV-1a of 64 bits, which finds damage but no forgery.
 */
export async function checksum(
  value: unknown,
): Promise<{ readonly sum: string; readonly bytes: number }> {
  const parts: (string | Uint8Array)[] = []
  await write(value, parts, new Map())
  const encoder = new TextEncoder()
  const encoded = parts.map((part) => (typeof part === "string" ? encoder.encode(part) : part))
  const total = encoded.reduce((sum, part) => sum + part.length, 0)
  const bytes = new Uint8Array(total)
  let at = 0
  for (const part of encoded) {
    bytes.set(part, at)
    at += part.length
  }
  if (typeof crypto === "undefined" || !crypto.subtle)
    return { sum: `fnv:${fnv(bytes)}`, bytes: total }
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes))
  const hex = [...digest].map((byte) => byte.toString(16).padStart(2, "0")).join("")
  return { sum: `sha256:${hex}`, bytes: total }
}

async function write(
  value: unknown,
  parts: (string | Uint8Array)[],
  seen: Map<object, number>,
): Promise<void> {
  if (typeof value !== "object" || value === null) {
    const text = Object.is(value, -0) ? "-0" : String(value)
    parts.push(`${typeof value}${text.length}:${text}`)
    return
  }
  const before = seen.get(value)
  if (before !== undefined) {
    parts.push(`again${before};`)
    return
  }
  seen.set(value, seen.size)
  if (value instanceof Date) {
    parts.push(`date${value.getTime()};`)
    return
  }
  if (value instanceof Blob) {
    parts.push(
      `blob${JSON.stringify(value.type)}${value.size};`,
      new Uint8Array(await value.arrayBuffer()),
    )
    return
  }
  const bytes = toBytes(value)
  if (bytes) {
    parts.push(`${Object.prototype.toString.call(value)}${bytes.length};`, bytes)
    return
  }
  await writeEntries(value, parts, seen)
}

async function writeEntries(
  value: object,
  parts: (string | Uint8Array)[],
  seen: Map<object, number>,
): Promise<void> {
  const named = !(value instanceof Map || value instanceof Set)
  // Fields in a fixed order: IndexedDB keeps the order in which they were made, which says nothing.
  const entries: readonly (readonly [unknown, unknown])[] = named
    ? Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1))
    : [...(value as Map<unknown, unknown>).entries()]
  const text = value instanceof Error || value instanceof RegExp ? String(value) : ""
  const length = Array.isArray(value) ? value.length : ""
  parts.push(`${Object.prototype.toString.call(value)}${text}${length}{${entries.length};`)
  for (const [key, entry] of entries) {
    await write(key, parts, seen)
    await write(entry, parts, seen)
  }
  parts.push("}")
}

/** FNV-1a, 64 bits: http://www.isthe.com/chongo/tech/comp/fnv/ */
function fnv(bytes: Uint8Array): string {
  let hash = 0xcbf29ce484222325n
  for (const byte of bytes) hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * 0x100000001b3n)
  return hash.toString(16).padStart(16, "0")
}
