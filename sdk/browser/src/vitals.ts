import { onCLS, onFCP, onINP, onLCP, onTTFB } from "web-vitals"
import type { Beacon } from "./beacon.ts"
import type { Guard } from "./guard.ts"

/** Reports LCP, INP, CLS, FCP and TTFB of this page, as web-vitals defines them. */
export function startVitals(beacon: Beacon, guard: Guard): () => void {
  let stopped = false
  const report = guard(({ name, value }: { readonly name: string; readonly value: number }) => {
    if (!stopped) beacon.add({ kind: "vital", name, value })
  })
  guard(() => {
    for (const watch of [onCLS, onFCP, onINP, onLCP, onTTFB]) watch(report)
  })()
  return () => {
    stopped = true
  }
}
