import type { ReactNode } from "react"
import styles from "./card.module.css"
import type { Tone } from "./tone.ts"

interface CardProps {
  readonly title?: ReactNode
  /** What the numbers below cover: the window and how many were counted. */
  readonly note?: ReactNode
  readonly side?: ReactNode
  readonly flush?: boolean
  readonly tone?: Tone
  readonly children: ReactNode
}

/** One subject on a page. */
export function Card({ title, note, side, flush, tone, children }: CardProps): ReactNode {
  return (
    <section
      className={styles.card}
      data-tone={tone}
      style={tone ? { ["--tone" as string]: `var(--${tone})` } : undefined}
      aria-label={typeof title === "string" ? title : undefined}
    >
      {(title || side) && (
        <header className={styles.head}>
          {title && <h2 className={styles.title}>{title}</h2>}
          {note && <span className={styles.note}>{note}</span>}
          {side && <div className={styles.side}>{side}</div>}
        </header>
      )}
      <div className={styles.body} data-flush={flush || undefined}>
        {children}
      </div>
    </section>
  )
}
