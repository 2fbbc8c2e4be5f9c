import { type ReactElement, type ReactNode, useEffect, useId, useRef } from "react"
import type { DraftInfo, Resource, SaveState } from "../api/state.ts"
import "./old.css"

/** The frame of a screen. */
export function Screen(props: {
  readonly name: string
  readonly title: ReactNode
  readonly actions?: ReactNode
  readonly children: ReactNode
}): ReactElement {
  return (
    <main className="o-screen" data-screen={props.name} data-design="old">
      <div className="o-head">
        <h1>{props.title}</h1>
        {props.actions === undefined ? null : <div className="o-buttons">{props.actions}</div>}
      </div>
      {props.children}
    </main>
  )
}

/** A box with a heading. */
export function Panel(props: {
  readonly title: ReactNode
  readonly tools?: ReactNode
  readonly children: ReactNode
}): ReactElement {
  return (
    <section className="o-panel">
      <header>
        <h2 style={{ font: "inherit", margin: 0 }}>{props.title}</h2>
        {props.tools}
      </header>
      <div>{props.children}</div>
    </section>
  )
}

export function Button(props: {
  readonly children: ReactNode
  readonly main?: boolean
  readonly submit?: boolean
  readonly disabled?: boolean
  readonly pressed?: boolean
  readonly label?: string
  readonly onClick?: () => void
}): ReactElement {
  return (
    <button
      type={props.submit ? "submit" : "button"}
      className="o-button"
      data-main={props.main ? "" : undefined}
      disabled={props.disabled}
      aria-pressed={props.pressed}
      aria-label={props.label}
      onClick={props.onClick}
    >
      {props.children}
    </button>
  )
}

/** What a field's control has to carry. */
export interface ControlProps {
  readonly id: string
  readonly "aria-invalid": boolean | undefined
  readonly "aria-describedby": string | undefined
  readonly "aria-required": boolean | undefined
}

/** A label, a control and what is wrong with it. */
export function Field(props: {
  readonly label: string
  readonly error?: string | undefined
  readonly required?: boolean
  readonly wide?: boolean
  readonly children: (control: ControlProps) => ReactNode
}): ReactElement {
  const id = useId()
  const message = `${id}-error`
  const wrong = props.error !== undefined && props.error !== ""
  return (
    <div className={props.wide ? "o-field o-wide" : "o-field"}>
      <label htmlFor={id}>
        {props.label}
        {props.required ? <span aria-hidden="true"> *</span> : null}
      </label>
      {props.children({
        id,
        "aria-invalid": wrong ? true : undefined,
        "aria-describedby": wrong ? message : undefined,
        "aria-required": props.required,
      })}
      {wrong ? (
        <p className="o-error" id={message}>
          {props.error}
        </p>
      ) : null}
    </div>
  )
}

/** The choices of a select. */
export function Options<V extends string>(props: {
  readonly values: readonly V[]
  readonly labels: Readonly<Record<V, string>>
}): ReactElement {
  return (
    <>
      {props.values.map((value) => (
        <option key={value} value={value}>
          {props.labels[value]}
        </option>
      ))}
    </>
  )
}

export type Tone = "good" | "warn" | "bad" | "plain"

export function Tag(props: { readonly tone: Tone; readonly children: ReactNode }): ReactElement {
  return (
    <span className="o-tag" data-tone={props.tone}>
      {props.children}
    </span>
  )
}

/** A resource in whichever state it is. */
export function Loaded<T>(props: {
  readonly of: Resource<T>
  readonly reload: () => void
  readonly rows?: number
  readonly children: (value: T) => ReactNode
}): ReactElement {
  const { of } = props
  if (of.state === "loading") {
    return (
      <div className="o-skeleton" aria-busy="true">
        {Array.from({ length: props.rows ?? 6 }, (_, n) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: the rows are all alike and never move
          <span key={n} />
        ))}
      </div>
    )
  }
  if (of.state === "error") {
    return (
      <div className="o-box" data-tone="bad" role="alert">
        <p>
          {of.problem.detail} {of.problem.hint}
        </p>
        <Button onClick={props.reload}>Try again</Button>
      </div>
    )
  }
  return (
    <>
      {of.stale ? (
        <div className="o-box" data-tone="warn" role="status">
          <p>Offline. Last updated {clock(of.at)}.</p>
        </div>
      ) : null}
      {props.children(of.value)}
    </>
  )
}

/** Says that text was restored, and lets it be thrown away. */
export function Restored(props: { readonly draft: DraftInfo }): ReactElement | null {
  if (props.draft.restoredAt === undefined) return null
  return (
    <div className="o-box" data-tone="good" role="status">
      <p>Draft restored · {clock(props.draft.restoredAt)}</p>
      <Button onClick={props.draft.discard}>Discard</Button>
    </div>
  )
}

/** Says how a save went. */
export function Saved(props: {
  readonly save: SaveState
  readonly sent?: string
}): ReactElement | null {
  switch (props.save.state) {
    case "queued":
      return (
        <div className="o-box" data-tone="warn" role="status">
          <p>Saved on this device. It will be sent when the connection is back.</p>
        </div>
      )
    case "sent":
      return (
        <div className="o-box" data-tone="good" role="status">
          <p>{props.sent ?? "Saved."}</p>
        </div>
      )
    case "refused":
      return (
        <div className="o-box" data-tone="bad" role="alert">
          <p>
            {props.save.problem.detail} {props.save.problem.hint}
          </p>
        </div>
      )
    default:
      return null
  }
}

/** A modal dialog of the platform: it keeps the focus inside and gives it back. */
export function Dialog(props: {
  readonly title: string
  readonly onClose: () => void
  readonly children: ReactNode
}): ReactElement {
  const dialog = useRef<HTMLDialogElement>(null)
  const title = useId()
  useEffect(() => {
    const shown = dialog.current
    if (shown !== null && !shown.open) shown.showModal()
  }, [])
  return (
    <dialog
      ref={dialog}
      className="o-dialog"
      aria-labelledby={title}
      onCancel={(event) => {
        event.preventDefault()
        props.onClose()
      }}
    >
      <h2 id={title}>{props.title}</h2>
      <div>{props.children}</div>
    </dialog>
  )
}

/** 14:02 */
export function clock(ms: number): string {
  return new Date(ms).toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" })
}

/** 24 Nov 2026, of a day or a moment; a dash when there is none. */
export function date(iso: string): string {
  if (iso === "") return "–"
  const day = iso.length === 10 ? new Date(`${iso}T12:00:00`) : new Date(iso)
  return day.toLocaleDateString("en-GB", { day: "numeric", month: "short", year: "numeric" })
}

/** 24 Nov 2026, 14:02 */
export function moment(iso: string): string {
  return `${date(iso)}, ${clock(Date.parse(iso))}`
}
