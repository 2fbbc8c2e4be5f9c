import type { ReactElement, ReactNode } from "react"
import "./states.css"
import type { Problem } from "../../api/problem.ts"
import type { DraftInfo, SaveState } from "../../api/state.ts"
import { Button } from "./button.tsx"
import { timeOrDay } from "./format.ts"
import { Icon, type IconName } from "./icon.tsx"
import type { Tone } from "./status.tsx"

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
      <p className="s2-empty-title">{title}</p>
      {children && <p>{children}</p>}
      {action}
    </div>
  )
}

/** It could not be shown; why, and the way to try again. */
export function ErrorState({
  problem,
  onRetry,
}: {
  readonly problem: Problem
  onRetry(): void
}): ReactElement {
  return (
    <div className="s2-empty" role="alert">
      <span className="s2-empty-icon" data-tone="bad">
        <Icon name={problem.status === 0 ? "offline" : "warning"} size={26} />
      </span>
      <p className="s2-empty-title">{problem.title}</p>
      <p>
        {problem.detail} {problem.hint}
      </p>
      <Button icon="restore" onClick={onRetry}>
        Try again
      </Button>
    </div>
  )
}

/** Uneven, as text is; also the most lines there can be. */
const skeletonWidths = [94, 71, 88, 58, 82, 66, 91, 54] as const

/** Grey lines in the place of what is being loaded. */
export function Skeleton({
  lines = 3,
  tall = false,
}: {
  readonly lines?: number
  /** Blocks as high as a row of a list. */
  readonly tall?: boolean
}): ReactElement {
  return (
    <div className="s2-skeleton" data-tall={tall || undefined} aria-busy="true">
      <p className="s2-hidden">Loading</p>
      {skeletonWidths.slice(0, lines).map((width) => (
        <span key={width} style={{ width: tall ? "100%" : `${width}%` }} />
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
  readonly tone: Tone
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

/** What was typed earlier is back: "Draft restored · 14:02", with the way to be rid of it. */
export function DraftNotice({ draft }: { readonly draft: DraftInfo }): ReactElement | null {
  if (draft.status === "conflict") {
    return (
      <Notice tone="warn" icon="note">
        <strong>Another tab changed this form.</strong> What you see is the latest of both.
      </Notice>
    )
  }
  if (draft.restoredAt === undefined) return null
  return (
    <Notice
      tone="info"
      icon="restore"
      action={
        <Button variant="quiet" small onClick={() => draft.discard()}>
          Discard
        </Button>
      }
    >
      <strong>Draft restored</strong> ·{" "}
      <span className="s2-number">{timeOrDay(draft.restoredAt)}</span>
    </Notice>
  )
}

/** The server could not be asked: what is shown is what the device knew last. */
export function StaleNotice({ at }: { readonly at: number }): ReactElement {
  return (
    <Notice tone="warn" icon="offline">
      <strong>Offline.</strong> Last updated <span className="s2-number">{timeOrDay(at)}</span>.
    </Notice>
  )
}

/** The device has no network, where the frame is not there to say so. */
export function OfflineNotice({ children }: { readonly children: ReactNode }): ReactElement {
  return (
    <Notice tone="warn" icon="offline">
      <strong>You are offline.</strong> {children}
    </Notice>
  )
}

/** What became of the last save; nothing while there was none or it is under way. */
export function SaveNotice({
  save,
  sent = "Saved.",
}: {
  readonly save: SaveState
  readonly sent?: string
}): ReactElement | null {
  if (save.state === "queued") {
    return (
      <Notice tone="warn" icon="sending">
        Saved on this device. It will be sent when the connection is back.
      </Notice>
    )
  }
  if (save.state === "sent") {
    return (
      <Notice tone="good" icon="check">
        {sent}
      </Notice>
    )
  }
  if (save.state === "refused") {
    return (
      <Notice tone="bad" icon="warning" urgent>
        <strong>Not saved.</strong> {save.problem.detail} {save.problem.hint}
      </Notice>
    )
  }
  return null
}

const draftWords: Readonly<Partial<Record<DraftInfo["status"], string>>> = {
  saving: "Keeping your draft …",
  saved: "Draft kept on this device",
  restored: "Draft kept on this device",
  memory: "This browser keeps no drafts: do not close the tab before saving",
}

const draftIcons: Readonly<Partial<Record<DraftInfo["status"], IconName>>> = {
  saving: "sending",
  memory: "warning",
}

/** A quiet word beside the save button on where the typed text is. */
export function DraftWord({ draft }: { readonly draft: DraftInfo }): ReactElement {
  const word = draftWords[draft.status]
  return (
    <span className="s2-draft-word">
      {word && <Icon name={draftIcons[draft.status] ?? "check"} size={16} />}
      {word}
    </span>
  )
}
