import type { ReactElement, ReactNode } from "react"
import "./states.css"
import { Button } from "./button.tsx"
import { timeOrDay } from "./format.ts"
import { Icon, type IconName } from "./icon.tsx"

/** There is nothing here yet, and what to do about it. */
export function EmptyState({
  icon,
  title,
  children,
  action,
}: {
  readonly icon: IconName
  readonly title: string
  readonly children?: ReactNode
  readonly action?: ReactNode
}): ReactElement {
  return (
    <div className="s2-empty">
      <span className="s2-empty-icon">
        <Icon name={icon} size={26} />
      </span>
      <h3>{title}</h3>
      {children && <p>{children}</p>}
      {action}
    </div>
  )
}

/** It could not be shown; why, and the way to try again. */
export function ErrorState({
  title,
  detail,
  onRetry,
}: {
  readonly title: string
  readonly detail: string
  onRetry?: (() => void) | undefined
}): ReactElement {
  return (
    <div className="s2-empty" role="alert">
      <span className="s2-empty-icon" data-tone="bad">
        <Icon name="warning" size={26} />
      </span>
      <h3>{title}</h3>
      <p>{detail}</p>
      {onRetry && (
        <Button icon="restore" onClick={onRetry}>
          Try again
        </Button>
      )}
    </div>
  )
}

/** Grey lines in the place of what is being loaded. */
export function Skeleton({
  lines = 3,
  tall = false,
  label = "Loading",
}: {
  readonly lines?: number
  /** Blocks as high as a row of a list. */
  readonly tall?: boolean
  readonly label?: string
}): ReactElement {
  return (
    <div className="s2-skeleton" data-tall={tall || undefined} role="status" aria-label={label}>
      {Array.from({ length: lines }, (_, line) => (
        <span
          key={`line-${line + 1}`}
          style={{ width: tall ? "100%" : `${94 - ((line * 23) % 45)}%` }}
        />
      ))}
    </div>
  )
}

/** A note across the screen. */
export function Notice({
  tone,
  icon,
  children,
  action,
  urgent = false,
}: {
  readonly tone: "good" | "warn" | "bad" | "info" | "idle"
  readonly icon: IconName
  readonly children: ReactNode
  readonly action?: ReactNode
  readonly urgent?: boolean
}): ReactElement {
  return (
    <div className="s2-notice" data-tone={tone} role={urgent ? "alert" : "status"}>
      <Icon name={icon} />
      <div className="s2-notice-text">{children}</div>
      {action}
    </div>
  )
}

/** What was typed earlier is back: "Draft restored · 14:02 · Discard". */
export function DraftNotice({
  restoredAt,
  onDiscard,
}: {
  readonly restoredAt: number
  onDiscard(): void
}): ReactElement {
  return (
    <Notice
      tone="info"
      icon="restore"
      action={
        <Button variant="quiet" small onClick={onDiscard}>
          Discard
        </Button>
      }
    >
      <strong>Draft restored</strong> · <span className="s2-number">{timeOrDay(restoredAt)}</span>
    </Notice>
  )
}

/** The device has no network: what is shown may be old, what is saved will be sent later. */
export function OfflineNotice({ children }: { readonly children?: ReactNode }): ReactElement {
  return (
    <Notice tone="warn" icon="offline">
      <strong>You are offline.</strong>{" "}
      {children ?? "What you save is kept on this device and will be sent later."}
    </Notice>
  )
}
