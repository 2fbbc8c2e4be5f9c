import type { ReactElement, ReactNode } from "react"
import "./status.css"
import { Icon, type IconName } from "./icon.tsx"

/** What a colour says. */
export type Tone = "good" | "warn" | "bad" | "info" | "idle"

/** A short word on a tinted ground; the word says it, the colour only helps. */
export function Status({
  tone,
  icon,
  children,
}: {
  readonly tone: Tone
  readonly icon?: IconName
  readonly children: ReactNode
}): ReactElement {
  return (
    <span className="s2-status" data-tone={tone}>
      {icon ? (
        <Icon name={icon} size={14} />
      ) : (
        <span className="s2-status-dot" aria-hidden="true" />
      )}
      {children}
    </span>
  )
}

/** A count beside a word. */
export function Count({ children }: { readonly children: number }): ReactElement {
  return <span className="s2-count s2-number">{children}</span>
}
