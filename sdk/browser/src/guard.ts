/** Wraps callbacks so that a fault of ours never reaches the page. */
export interface Guard {
  /** The same function, unable to throw. */
  <A extends readonly unknown[]>(callback: (...args: A) => void): (...args: A) => void
  /** Passes a trouble on to the customer's `onError`. */
  report(error: unknown): void
}

/** Makes a guard that tells `onError` what it caught; what `onError` itself throws is dropped. */
export function createGuard(onError?: (trouble: { readonly error: unknown }) => void): Guard {
  const report = (error: unknown): void => {
    try {
      onError?.({ error })
    } catch {
      // The customer's own callback failed; there is nobody left to tell.
    }
  }
  const wrap = <A extends readonly unknown[]>(callback: (...args: A) => void) => {
    return (...args: A): void => {
      try {
        callback(...args)
      } catch (error) {
        report(error)
      }
    }
  }
  return Object.assign(wrap, { report })
}

/** Adds a passive listener and returns the way to remove it. */
export function listen(
  target: EventTarget,
  name: string,
  callback: (event: Event) => void,
  capture = false,
): () => void {
  target.addEventListener(name, callback, { passive: true, capture })
  return () => target.removeEventListener(name, callback, { capture })
}
