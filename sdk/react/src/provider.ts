import { createPreferences } from "@belay/data"
import { createElement, type ReactElement, useMemo } from "react"
import { BelayContext } from "./context.ts"
import type { BelayProviderProps } from "./types.ts"

/**
 * Hands Belay down to the hooks and guards below.
 *
 * @example
 * ```tsx
 * <BelayProvider client={belay} data={data} queue={queue} app="siteproof"><App /></BelayProvider>
 * ```
 */
export function BelayProvider(props: BelayProviderProps): ReactElement {
  const { client, data, queue, app = "belay", children } = props
  const subject = props.subject ?? client.user.id
  const given = props.preferences
  const value = useMemo(
    () => ({
      client,
      data,
      queue,
      app,
      subject,
      preferences: given ?? createPreferences({ app, subject }),
    }),
    [client, data, queue, given, app, subject],
  )
  return createElement(BelayContext.Provider, { value }, children)
}
