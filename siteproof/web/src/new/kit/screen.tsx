import type { ReactElement, ReactNode } from "react"
import "./tokens.css"
import "./base.css"
import "./layout.css"
import "./screen.css"
import { Icon } from "./icon.tsx"

export interface ScreenProps {
  /** Stable name of the screen, the same in both designs. */
  readonly name: string
  readonly title: ReactNode
  /** One line under the title. */
  readonly summary?: ReactNode
  /** Where one came from. */
  readonly back?: { readonly label: string; readonly link: (children: ReactNode) => ReactNode }
  readonly actions?: ReactNode
  /** Reading width for forms; the whole width otherwise. */
  readonly narrow?: boolean
  readonly children: ReactNode
}

/** Root of a screen: carries the design's name, its tokens and its theme. */
export function Screen({
  name,
  title,
  summary,
  back,
  actions,
  narrow = false,
  children,
}: ScreenProps): ReactElement {
  return (
    <div
      className="s2-screen"
      data-design="new"
      data-screen={name}
      data-narrow={narrow || undefined}
    >
      <header className="s2-screen-head">
        <div className="s2-screen-title">
          {back?.link(
            <>
              <Icon name="left" size={16} />
              {back.label}
            </>,
          )}
          <h1>{title}</h1>
          {summary && <p>{summary}</p>}
        </div>
        {actions && <div className="s2-screen-actions">{actions}</div>}
      </header>
      {children}
    </div>
  )
}
