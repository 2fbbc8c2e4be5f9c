import type { ReactNode } from "react"
import type { Line } from "../../lib/api-preflight.ts"
import { Status } from "../../ui/status.tsx"
import { When } from "../../ui/when.tsx"
import styles from "./preflight.module.css"
import { stateWords } from "./words.ts"

interface LineListProps {
  readonly lines: readonly Line[]
  /** What can be done with an item. */
  readonly act?: (line: Line) => ReactNode
}

/** The items of a checklist: how each stands, what was found, and how to make it so. */
export function LineList({ lines, act }: LineListProps): ReactNode {
  return (
    <ul className={styles.list}>
      {lines.map((line) => (
        <li key={line.key} className={styles.line}>
          <Status tone={stateWords[line.state].tone}>{stateWords[line.state].text}</Status>
          <div className={styles.what}>
            <span className={styles.title}>{line.title}</span>
            <p className={styles.quiet}>
              {line.url ? <a href={line.url}>{line.text}</a> : line.text}
              {line.note && (
                <>
                  . {line.by}: {line.note}
                </>
              )}
              {line.kind === "manual" && line.at && (
                <>
                  , <When at={line.at} />
                </>
              )}
            </p>
            {line.override && (
              <p className={styles.quiet}>
                {line.override.by} lets it go on <When at={line.override.at} />:{" "}
                {line.override.reason}
              </p>
            )}
            {line.way && line.state !== "green" && line.kind !== "manual" && (
              <p className={styles.quiet}>
                {line.way.startsWith("belay ") ? <code>{line.way}</code> : line.way}
              </p>
            )}
          </div>
          {act?.(line)}
        </li>
      ))}
    </ul>
  )
}
