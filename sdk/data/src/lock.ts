import { onPage } from "./page.ts"

/** A tab that waits in the queue behind a page in the back/forward cache waits for ever; asking anew evicts that page. */
const askAgainMs = 1_000
/** A holder that is frozen or loops is not waited for longer; what runs under a lock must bear running twice. */
const stealAfterMs = 30_000

/** Within one page work waits for its turn without asking the browser. */
const turns = new Map<string, Promise<void>>()

/**
 * Runs `work` in one tab at a time. The lock is let go when the page is hidden for good, and `signal` then aborts, so
 * that a page in the back/forward cache never keeps others waiting. Without Web Locks the order holds in this tab only.
 */
export function withLock(
  name: string,
  work: (signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const mine = (turns.get(name) ?? Promise.resolve()).then(() => acquire(name, work))
  const turn = mine.catch(() => undefined)
  turns.set(name, turn)
  turn.then(() => {
    if (turns.get(name) === turn) turns.delete(name)
  })
  return mine
}

async function acquire(name: string, work: (signal: AbortSignal) => Promise<void>): Promise<void> {
  const started = Date.now()
  for (;;) {
    const steal = Date.now() - started > stealAfterMs
    if (await tryLock(name, steal, work)) return
    await new Promise((resolve) => setTimeout(resolve, askAgainMs))
  }
}

async function tryLock(
  name: string,
  steal: boolean,
  work: (signal: AbortSignal) => Promise<void>,
): Promise<boolean> {
  const run = async (): Promise<true> => {
    const abort = new AbortController()
    const unlisten = onPage("pagehide", () => abort.abort())
    try {
      const left = new Promise<void>((resolve) => {
        abort.signal.addEventListener("abort", () => resolve())
      })
      await Promise.race([work(abort.signal), left])
    } finally {
      unlisten()
    }
    return true
  }
  if (typeof navigator === "undefined" || !navigator.locks) return run()
  const options: LockOptions = steal ? { steal: true } : { ifAvailable: true }
  let got = false
  try {
    return await navigator.locks.request(name, options, (lock) => {
      if (!lock) return false
      got = true
      return run()
    })
  } catch (error) {
    // Refused storage refuses locks as well. A lock that was stolen from us ends in an AbortError, the work goes on.
    if (got) {
      if (error instanceof DOMException && error.name === "AbortError") return true
      throw error
    }
    return run()
  }
}
