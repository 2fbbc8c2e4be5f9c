import { type ReactElement, type ReactNode, useId } from "react"
import "./card.css"
import { classNames } from "./class-names.ts"

export interface CardProps {
  readonly title?: string
  readonly summary?: ReactNode
  readonly actions?: ReactNode
  /** Contents reach the edges, as lists and tables do. */
  readonly flush?: boolean
  readonly children: ReactNode
}

/** A titled region. */
export function Card({
  title,
  summary,
  actions,
  flush = false,
  children,
}: CardProps): ReactElement {
  const id = useId()
  return (
    <section className="s2-card" {...(title && { "aria-labelledby": id })}>
      {title && (
        <header className="s2-card-head">
          <div>
            <h2 id={id}>{title}</h2>
            {summary && <p>{summary}</p>}
          </div>
          {actions && <div className="s2-card-actions">{actions}</div>}
        </header>
      )}
      <div className={classNames("s2-card-body", flush && "s2-card-flush")}>{children}</div>
    </section>
  )
}
