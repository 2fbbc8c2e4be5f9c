import type { ReactNode } from "react"
import { count, share } from "../../lib/number.ts"
import styles from "./cohorts.module.css"

interface CohortsProps {
  /** People seen with the new version, and with the old. */
  readonly treatment: number
  readonly control: number
  /** The planned share of the new version, percent. */
  readonly planned: number
}

/** How many people were seen on each side during a phase. */
export function Cohorts({ treatment, control, planned }: CohortsProps): ReactNode {
  const all = treatment + control
  return (
    <div className={styles.cohorts}>
      <span
        className={styles.bar}
        title={`${share(treatment, all)} of the people seen; ${planned} % is planned`}
      >
        <span style={{ width: all > 0 ? `${(100 * treatment) / all}%` : 0 }} />
      </span>
      <span>
        <strong>{count(treatment)}</strong> new
      </span>
      <span>
        <strong>{count(control)}</strong> old
      </span>
    </div>
  )
}
