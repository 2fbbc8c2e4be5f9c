import { type ReactElement, type ReactNode, useEffect, useId, useRef } from "react"
import "./dialog.css"
import { IconButton } from "./button.tsx"

export interface DialogProps {
  readonly title: string
  readonly summary?: ReactNode
  readonly footer?: ReactNode
  onClose(): void
  readonly children: ReactNode
}

/**
 * A question in front of the page. Rendered means open; the browser's own dialog keeps the focus inside, closes on
 * Escape and gives the focus back.
 */
export function Dialog({ title, summary, footer, onClose, children }: DialogProps): ReactElement {
  const dialog = useRef<HTMLDialogElement>(null)
  const id = useId()
  useEffect(() => {
    const element = dialog.current
    if (!element) return
    const before = document.activeElement
    if (!element.open) element.showModal()
    return () => {
      element.close()
      if (before instanceof HTMLElement) before.focus()
    }
  }, [])
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the click only reaches outside; Escape does the same by keyboard
    <dialog
      ref={dialog}
      className="s2-dialog"
      aria-labelledby={id}
      onCancel={(event) => {
        event.preventDefault()
        onClose()
      }}
      onClick={(event) => {
        if (event.target === event.currentTarget) onClose()
      }}
    >
      <div className="s2-dialog-sheet">
        <header className="s2-dialog-head">
          <div>
            <h2 id={id}>{title}</h2>
            {summary && <p>{summary}</p>}
          </div>
          <IconButton icon="cross" label="Close" onClick={onClose} />
        </header>
        <div className="s2-dialog-body">{children}</div>
        {footer && <footer className="s2-dialog-foot">{footer}</footer>}
      </div>
    </dialog>
  )
}
