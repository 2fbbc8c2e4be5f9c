import { Link } from "@tanstack/react-router"
import { type ReactNode, useEffect } from "react"
import styles from "./page.module.css"

interface PageProps {
  readonly title: string
  /** Beside the title: a state, a severity. */
  readonly mark?: ReactNode
  readonly lead?: ReactNode
  readonly back?: { readonly to: string; readonly label: string }
  readonly actions?: ReactNode
  readonly narrow?: boolean
  readonly children: ReactNode
}

/** A page with its one heading, its way back and what can be done here. */
export function Page({ title, mark, lead, back, actions, narrow, children }: PageProps): ReactNode {
  useEffect(() => {
    document.title = `${title} · Belay`
  }, [title])
  return (
    <div className={styles.page} data-narrow={narrow || undefined}>
      <header className={styles.head}>
        <div className={styles.titles}>
          {back && (
            <Link to={back.to} className={styles.crumb}>
              ← {back.label}
            </Link>
          )}
          <h1 className={styles.title}>
            {title} {mark}
          </h1>
          {lead && <p className={styles.lead}>{lead}</p>}
        </div>
        {actions && <div className={styles.actions}>{actions}</div>}
      </header>
      {children}
    </div>
  )
}
