import type { Belay } from "@belay/browser"
import type { DataSafety } from "@belay/data"
import { useEffect, useState } from "react"

/** A page that has nothing on the screen yet waits this long for its backup before it shows the old side. */
const blankForMs = 1_000

/**
 * Whether the new side may be shown: `ready` when the backup exists or nobody asked for one, `waiting` while a page
 * that has shown nothing yet finds out, `refused` as long as there is no backup.
 */
export function usePrepared(
  data: DataSafety | undefined,
  flag: string,
  wanted: boolean,
): "ready" | "waiting" | "refused" {
  const [prepared, setPrepared] = useState<"ready" | "waiting" | "refused">(() => {
    if (!data || data.prepared(flag)) return "ready"
    return wanted ? "waiting" : "refused"
  })
  useEffect(() => {
    if (!data) {
      setPrepared("ready")
      return
    }
    if (!wanted) {
      setPrepared("refused")
      return
    }
    let current = true
    const late = setTimeout(
      () => setPrepared((now) => (now === "waiting" ? "refused" : now)),
      blankForMs,
    )
    data
      .beforeNew(flag)
      .catch(() => false)
      .then((ready) => {
        clearTimeout(late)
        if (current) setPrepared(ready ? "ready" : "refused")
      })
      .catch(() => undefined)
    return () => {
      current = false
      clearTimeout(late)
    }
  }, [data, flag, wanted])
  return prepared
}

/** Brings the data back once it is certain that the old side is what this browser is to see. */
export function useBringBack(
  client: Belay,
  data: DataSafety | undefined,
  flag: string,
  back: boolean,
): void {
  useEffect(() => {
    if (!data || !back) return
    let current = true
    client.flags.loaded
      .then(() => (current ? data.afterBack(flag) : undefined))
      .catch(() => undefined)
    return () => {
      current = false
    }
  }, [client, data, flag, back])
}
