import { isRecord } from "./durable.ts"
import type { FlagState, FlagValue } from "./types.ts"

/** One flag as the server answered it. */
export interface ServerFlag {
  readonly value?: FlagValue
  readonly variant?: string
  readonly reason: string
  readonly parent?: string
}

/** The last answer of the server for one person. */
export interface KnownFlags {
  readonly user: string
  /** ms since 1970 by this browser's clock. */
  readonly at: number
  readonly revision: number
  readonly flags: ReadonlyMap<string, ServerFlag>
  /** Had in this page; otherwise from storage. */
  readonly live: boolean
}

/** Beyond this age what was last known says nothing about today. */
const lastKnownForMs = 30 * 24 * 60 * 60 * 1000

/** Reads the flags of an OFREP bulk answer; undefined when it is not one. Items with an `errorCode` have no value. */
export function readAnswer(body: unknown): Map<string, ServerFlag> | undefined {
  if (!isRecord(body) || !Array.isArray(body.flags)) return undefined
  const flags = new Map<string, ServerFlag>()
  for (const item of body.flags as readonly unknown[]) {
    if (!isRecord(item) || typeof item.key !== "string" || "errorCode" in item) continue
    flags.set(item.key, readFlag(item))
  }
  return flags
}

function readFlag(item: Record<string, unknown>): ServerFlag {
  const metadata = isRecord(item.metadata) ? item.metadata : {}
  const parent = typeof metadata.parent === "string" ? metadata.parent : item.parent
  return {
    reason: typeof item.reason === "string" ? item.reason : "UNKNOWN",
    ...(isFlagValue(item.value) && { value: item.value }),
    ...(typeof item.variant === "string" && { variant: item.variant }),
    ...(typeof parent === "string" && { parent }),
  }
}

function isFlagValue(value: unknown): value is FlagValue {
  return value !== null && ["boolean", "string", "number", "object"].includes(typeof value)
}

/** The form in which flags are stored. */
export function encodeKnown(known: KnownFlags): unknown {
  const flags = [...known.flags].map(([key, flag]) => ({ key, ...flag }))
  return { user: known.user, at: known.at, revision: known.revision, flags }
}

/** Reads stored flags; undefined when damaged, of another person or too old. A clock that went back makes them new. */
export function decodeKnown(stored: unknown, user: string): KnownFlags | undefined {
  const flags = readAnswer(stored)
  if (!flags || !isRecord(stored) || stored.user !== user) return undefined
  const at = Number(stored.at)
  if (!(Date.now() - at <= lastKnownForMs)) return undefined
  return { user, at, revision: Number(stored.revision) || 0, flags, live: false }
}

/** Keeps the identity of flags that did not change, so that pages do not render for nothing. */
export function keepUnchanged(
  before: ReadonlyMap<string, ServerFlag> | undefined,
  after: Map<string, ServerFlag>,
): { readonly flags: Map<string, ServerFlag>; readonly changed: boolean } {
  let changed = before?.size !== after.size
  for (const [key, flag] of after) {
    const old = before?.get(key)
    if (old && JSON.stringify(old) === JSON.stringify(flag)) after.set(key, old)
    else changed = true
  }
  return { flags: after, changed }
}

/** What decides a flag besides the server. */
export interface Fallbacks {
  readonly defaults: Readonly<Record<string, FlagValue>>
  readonly environment: Readonly<Record<string, unknown>>
  tripped(flag: string): boolean
}

/** Decides one flag: server, last known, environment, coded default; an open breaker beats them all. */
export function decide(
  key: string,
  known: KnownFlags | undefined,
  fallbacks: Fallbacks,
): FlagState | undefined {
  const state = decideOpen(key, known, fallbacks)
  const parent = state?.parent
  if (!fallbacks.tripped(key) && !(parent !== undefined && fallbacks.tripped(parent))) return state
  const fallback = fallbacks.defaults[key]
  if (state && typeof state.value !== "boolean" && fallback !== undefined)
    return { ...state, value: fallback, reason: "BREAKER" }
  return { ...state, value: false, variant: "off", reason: "BREAKER" }
}

function decideOpen(
  key: string,
  known: KnownFlags | undefined,
  { defaults, environment }: Fallbacks,
): FlagState | undefined {
  const answer = known?.flags.get(key)
  const about = {
    ...(known && { revision: known.revision }),
    ...(answer?.parent !== undefined && { parent: answer.parent }),
  }
  if (answer?.value !== undefined) {
    const reason = known?.live ? "SERVER" : "CACHED"
    return named({ value: answer.value, reason, ...about }, answer.variant)
  }
  // A switched-off flag has no value on the wire: the code decides, not the build's environment.
  if (!answer) {
    const built = fromEnvironment(key, environment)
    if (built !== undefined) return named({ value: built, reason: "ENVIRONMENT" })
  }
  const coded = Object.hasOwn(defaults, key) ? defaults[key] : undefined
  if (coded === undefined) return undefined
  const reason = answer?.reason === "DISABLED" ? "DISABLED" : "DEFAULT"
  return named({ value: coded, reason, ...about })
}

function named(state: FlagState, variant?: string): FlagState {
  const name = typeof state.value === "boolean" ? (state.value ? "on" : "off") : variant
  return name === undefined ? state : { ...state, variant: name }
}

function fromEnvironment(
  key: string,
  environment: Readonly<Record<string, unknown>>,
): FlagValue | undefined {
  const name = `BELAY_FLAG_${key.toUpperCase().replace(/[^A-Z0-9]/g, "_")}`
  const given = environment[`VITE_${name}`] ?? environment[name]
  if (typeof given !== "string") return isFlagValue(given) ? given : undefined
  try {
    const value: unknown = JSON.parse(given)
    return isFlagValue(value) ? value : given
  } catch {
    return given
  }
}
