import { useSyncExternalStore } from "react"

const moved = "siteproof:moved"

/** Goes to a path of the app without loading the page. */
export function navigate(path: string, about: { readonly replace?: boolean } = {}): void {
  if (path === location.pathname + location.search) return
  if (about.replace) history.replaceState(null, "", path)
  else history.pushState(null, "", path)
  window.dispatchEvent(new Event(moved))
  if (!about.replace) window.scrollTo(0, 0)
}

/** The path that is shown, such as `/ncrs/new`. */
export function usePath(): string {
  return useSyncExternalStore(onMove, () => location.pathname)
}

/** Calls back whenever another path is shown; returns the way to stop. */
export function onMove(callback: () => void): () => void {
  window.addEventListener("popstate", callback)
  window.addEventListener(moved, callback)
  return () => {
    window.removeEventListener("popstate", callback)
    window.removeEventListener(moved, callback)
  }
}
