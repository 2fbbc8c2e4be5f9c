/** What the page does, without assuming that there is one (server rendering, workers). */
export function onPage(
  name: "pagehide" | "pageshow" | "online" | "offline",
  callback: (event: Event) => void,
): () => void {
  if (typeof window === "undefined") return () => undefined
  window.addEventListener(name, callback, { passive: true })
  return () => window.removeEventListener(name, callback)
}

/** Calls back when the page may never be seen again, the last moment in which something can be written. */
export function onLeave(callback: () => void): () => void {
  if (typeof document === "undefined") return () => undefined
  const onVisibility = (): void => {
    if (document.visibilityState === "hidden") callback()
  }
  document.addEventListener("visibilitychange", onVisibility, { passive: true })
  const unlisten = onPage("pagehide", callback)
  return () => {
    document.removeEventListener("visibilitychange", onVisibility)
    unlisten()
  }
}

/** A line to the other tabs of the app; silent where the browser has none. */
export interface Tabs {
  post(message: unknown): void
  stop(): void
}

/** Opens the line `name`. Messages that cannot be cloned are not sent. */
export function openTabs(name: string, onMessage: (message: unknown) => void): Tabs {
  if (typeof BroadcastChannel === "undefined")
    return { post: () => undefined, stop: () => undefined }
  const channel = new BroadcastChannel(`belay:${name}`)
  channel.onmessage = (event) => onMessage(event.data)
  return {
    post: (message) => {
      try {
        channel.postMessage(message)
      } catch {
        // Not cloneable, or closed: the other tabs read it from disk at their next start.
      }
    },
    stop: () => channel.close(),
  }
}

/** Calls callbacks one after the other; one that throws does not keep the rest from being called. */
export function createSignal(): {
  subscribe(callback: () => void): () => void
  notify(): void
  readonly size: number
} {
  const callbacks = new Set<() => void>()
  return {
    get size() {
      return callbacks.size
    },
    subscribe: (callback) => {
      callbacks.add(callback)
      return () => void callbacks.delete(callback)
    },
    notify: () => {
      for (const callback of [...callbacks]) {
        try {
          callback()
        } catch (error) {
          queueMicrotask(() => {
            throw error
          })
        }
      }
    },
  }
}

/** Whether a value is an object literal, the only kind that is merged field by field. */
export function isPlain(value: unknown): value is Record<string, unknown> {
  if (typeof value !== "object" || value === null) return false
  const prototype = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

/** A name that no other tab and no other page has. */
export function uniqueId(): string {
  if (typeof crypto.randomUUID === "function") return crypto.randomUUID()
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  bytes[6] = ((bytes[6] ?? 0) & 15) | 64
  bytes[8] = ((bytes[8] ?? 0) & 63) | 128
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("")
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5")
}
