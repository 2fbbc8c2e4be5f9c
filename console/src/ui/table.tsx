import type { ReactNode } from "react"
import styles from "./table.module.css"

interface TableProps {
  readonly caption?: string
  /** thead and tbody. A cell's data-head repeats its heading where rows become lists; data-wide gives it a line there. */
  readonly children: ReactNode
}

/** A table that becomes a list in narrow places. */
export function Table({ caption, children }: TableProps): ReactNode {
  return (
    <div className={styles.scroll}>
      <table className={styles.table}>
        {caption && <caption>{caption}</caption>}
        {children}
      </table>
    </div>
  )
}
