import type { ReactNode } from "react"
import type { Clients } from "../../lib/api.ts"
import { count } from "../../lib/number.ts"
import { Card } from "../../ui/card.tsx"
import styles from "./overview.module.css"

/** How many browsers follow live, and how many of them hold the present flags. */
export function ClientsCard({ clients: c }: { readonly clients: Clients }): ReactNode {
  const late = Math.max(0, c.connected - c.confirmed - c.unknown)
  const width = (n: number): string => `${(100 * n) / Math.max(1, c.connected)}%`
  return (
    <Card title="Connected pages" note={`now, flag revision ${c.revision}`}>
      <div className={styles.big}>
        {count(c.connected)}
        <span className={styles.unit}>
          {c.connected === 1 ? "page follows" : "pages follow"} live
        </span>
      </div>
      {c.connected === 0 ? (
        <div className={styles.label}>
          A page is counted while its stream is open. Others ask again by themselves.
        </div>
      ) : (
        <>
          <div className={styles.track} aria-hidden="true">
            <span style={{ width: width(c.confirmed), background: "var(--safe)" }} />
            <span style={{ width: width(late), background: "var(--warn)" }} />
            <span style={{ width: width(c.unknown), background: "var(--idle)" }} />
          </div>
          <div className={styles.keys}>
            <span style={{ ["--key" as string]: "var(--safe)" }}>
              {count(c.confirmed)} hold the present flags
            </span>
            {late > 0 && (
              <span style={{ ["--key" as string]: "var(--warn)" }}>{count(late)} on their way</span>
            )}
            {c.unknown > 0 && (
              <span style={{ ["--key" as string]: "var(--idle)" }}>
                {count(c.unknown)} cannot say (other SDKs)
              </span>
            )}
          </div>
        </>
      )}
    </Card>
  )
}
