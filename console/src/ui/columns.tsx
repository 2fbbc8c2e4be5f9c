import type { ReactNode } from "react"
import styles from "./columns.module.css"

interface ColumnsProps {
  /** How wide the second one is. */
  readonly aside?: "narrow" | "third" | "half"
  readonly children: ReactNode
}

/** Two columns; where there is no room the second stands below the first. */
export function Columns({ aside = "narrow", children }: ColumnsProps): ReactNode {
  return (
    <div className={styles.columns} data-aside={aside}>
      {children}
    </div>
  )
}

/** Cards below each other. */
export function Column({ children }: { readonly children: ReactNode }): ReactNode {
  return <div className={styles.column}>{children}</div>
}
