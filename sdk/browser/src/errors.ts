import type { Beacon } from "./beacon.ts"
import { type Guard, listen } from "./guard.ts"
import type { ErrorContext } from "./types.ts"

/** Watches for errors that nobody caught. */
export interface Errors {
  capture(error: unknown, about: ErrorContext): void
  stop(): void
}

interface Deps {
  readonly beacon: Beacon
  readonly guard: Guard
  readonly console: boolean
}

/** The attribute that tells which component an element belongs to. */
export const componentAttribute = "data-belay-component"

/** One fault in a loop must not fill the queue: so many of one kind within a minute, the rest is only counted. */
const mostAlike = 20
const windowMs = 60_000
const mostKinds = 200
/** A rejected promise is blamed on the component that was used last, within this time. */
const blameForMs = 1_000

interface Use {
  readonly component: string | undefined
  readonly at: number
}

/**
 * An error thrown by an event handler reaches no error boundary. It is attributed to the component (nearest element
 * with `data-belay-component`) whose event is being handled, a rejected promise to the one that was used in the second
 * before; errors of timers, and everything outside of such elements, to none. Both sides of a flag are treated alike.
 */
export function startErrors(deps: Deps): Errors {
  const { guard } = deps
  const seen = new WeakSet<object>()
  const counts = new Map<string, { since: number; count: number }>()
  let suppressed = 0
  let handling: string | undefined
  let lastUse: Use = { component: undefined, at: 0 }

  const capture = (
    error: unknown,
    source: string,
    component: string | undefined,
    handled: boolean,
  ): void => {
    if (typeof error === "object" && error !== null) {
      if (seen.has(error)) return
      seen.add(error)
    }
    const { name, message, stack } = describe(error)
    if (!admit(`${name}:${message.replace(/\d+/g, "0").slice(0, 200)}:${firstFrame(stack)}`)) return
    deps.beacon.add({ kind: "error", name, message, stack, source, handled, component })
  }

  const admit = (kind: string): boolean => {
    const now = performance.now()
    const count = counts.get(kind)
    if (!count || now - count.since >= windowMs) {
      tellSuppressed()
      if (counts.size >= mostKinds) counts.clear()
      counts.set(kind, { since: now, count: 1 })
      return true
    }
    count.count += 1
    if (count.count <= mostAlike) return true
    suppressed += 1
    return false
  }
  const tellSuppressed = (): void => {
    if (suppressed === 0) return
    const count = suppressed
    suppressed = 0
    deps.beacon.add({ kind: "event", name: "belay.errors_suppressed", properties: { count } })
  }

  const onUse = guard((event: Event) => {
    const component = componentOf(event.target)
    handling = component
    lastUse = { component, at: performance.now() }
    // The next task is never inside this event any more, whether or not it was stopped on its way.
    setTimeout(() => {
      handling = undefined
    })
  })
  const useEvents = ["click", "input", "change", "submit", "keydown", "pointerdown", "pointerup"]

  const unlisten = [
    ...[...useEvents, "drop", "focusin", "focusout"].map((name) =>
      listen(window, name, onUse, true),
    ),
    listen(
      window,
      "error",
      guard((event) => {
        if (!(event instanceof ErrorEvent)) return
        capture(event.error ?? event.message, "window", handling, false)
      }),
    ),
    listen(
      window,
      "unhandledrejection",
      guard((event) => {
        const recent = performance.now() - lastUse.at < blameForMs
        const { reason } = event as PromiseRejectionEvent
        capture(reason, "rejection", recent ? lastUse.component : undefined, false)
      }),
    ),
    deps.console
      ? watchConsole((error) => {
          // An error boundary writes to the console first and reports with more knowledge in the same task.
          setTimeout(guard(() => capture(error, "console", undefined, true)))
        })
      : () => undefined,
  ]

  const telling = setInterval(guard(tellSuppressed), windowMs)
  return {
    capture: (error, { component, source = "manual", handled = true }) =>
      capture(error, source, component, handled),
    stop: () => {
      clearInterval(telling)
      tellSuppressed()
      for (const remove of unlisten) remove()
    },
  }
}

function componentOf(target: EventTarget | null): string | undefined {
  const element = target instanceof Element ? target.closest(`[${componentAttribute}]`) : null
  return element?.getAttribute(componentAttribute) ?? undefined
}

function watchConsole(report: (error: unknown) => void): () => void {
  const { console } = globalThis
  const original = console.error
  const watched = (...args: unknown[]): void => {
    original.apply(console, args)
    const error = args.find((arg) => arg instanceof Error)
    report(error ?? args.map(String).join(" "))
  }
  console.error = watched
  return () => {
    if (console.error === watched) console.error = original
  }
}

function describe(error: unknown): { name: string; message: string; stack: string } {
  if (error instanceof Error) {
    const cause = error.cause instanceof Error ? `\nCaused by: ${error.cause.stack}` : ""
    return {
      name: error.name || "Error",
      message: String(error.message),
      stack: `${error.stack ?? ""}${cause}`,
    }
  }
  if (typeof error === "object" && error !== null) {
    const { name, message } = error as { name?: unknown; message?: unknown }
    const text = message === undefined ? toText(error) : String(message)
    return { name: typeof name === "string" && name ? name : "Error", message: text, stack: "" }
  }
  return { name: "Error", message: String(error), stack: "" }
}

function toText(value: object): string {
  try {
    return JSON.stringify(value) ?? String(value)
  } catch {
    return Object.prototype.toString.call(value)
  }
}

/** The first line of a stack that names a place. */
function firstFrame(stack: string): string {
  return (
    stack
      .split("\n")
      .find((line) => /:\d+/.test(line))
      ?.trim() ?? ""
  )
}
