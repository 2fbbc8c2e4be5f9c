import { Link } from "@tanstack/react-router"
import type { ReactNode } from "react"
import type { Incident } from "../../lib/api.ts"
import { Status } from "../../ui/status.tsx"
import { When } from "../../ui/when.tsx"
import styles from "./incident.module.css"
import { severityWords, statusWords } from "./words.ts"

/** Incidents as rows that lead to their pages. */
export function IncidentRows({
  incidents,
  env,
}: {
  readonly incidents: readonly Incident[]
  readonly env: string
}): ReactNode {
  return (
    <ul className={styles.list}>
      {incidents.map((i) => (
        <li key={i.id}>
          <Link to="/$env/incidents/$id" params={{ env, id: i.id }} className={styles.row}>
            <Severity of={i.severity} />
            <div>
              <div className={styles.title}>{i.title}</div>
              <div className={styles.facts}>
                <span>INC-{i.number}</span>
                {i.component && <span>{i.component}</span>}
                <span>
                  opened <When at={i.opened_at} />
                </span>
                {i.resolved_at && (
                  <span>
                    resolved <When at={i.resolved_at} />
                  </span>
                )}
              </div>
            </div>
            <Status tone={statusWords[i.status].tone}>{statusWords[i.status].text}</Status>
          </Link>
        </li>
      ))}
    </ul>
  )
}

/** P0 to P3, with its meaning on hover. */
export function Severity({ of }: { readonly of: Incident["severity"] }): ReactNode {
  return (
    <span className={styles.severity} data-severity={of} title={`${of}: ${severityWords[of]}`}>
      {of}
    </span>
  )
}
