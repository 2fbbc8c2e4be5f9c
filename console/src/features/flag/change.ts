import { notifications } from "@mantine/notifications"
import { useQueryClient } from "@tanstack/react-query"
import type { Flag, FlagChange } from "../../lib/api.ts"
import { call } from "../../lib/http.ts"
import { invalidate } from "../../lib/queries.ts"

/** Changes one flag and says so. */
export type Change = (key: string, change: FlagChange) => Promise<void>

/** A way to change the flags of an environment. */
export function useChange(env: string): Change {
  const client = useQueryClient()
  return async (key, change) => {
    await call<Flag>(
      "PATCH",
      `/environments/${encodeURIComponent(env)}/flags/${encodeURIComponent(key)}`,
      change,
    )
    const what =
      change.enabled === undefined ? "changed" : `turned ${change.enabled ? "on" : "off"}`
    notifications.show({ message: `${key} was ${what}. Open pages follow now.`, color: "safe" })
    await invalidate(client, env, "flags")
  }
}
