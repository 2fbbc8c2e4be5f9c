import type { ReactNode } from "react"
import type { Arm, Reading } from "../../lib/api.ts"
import { count, share } from "../../lib/number.ts"
import type { LineStyle } from "../../ui/chart-lines.ts"
import { Status } from "../../ui/status.tsx"
import { Table } from "../../ui/table.tsx"
import styles from "./guard.module.css"
import { guardName, harmShare, readingWords, sayProof, scopeName } from "./readings.ts"
import { Swatch } from "./swatch.tsx"

interface ReadingsTableProps {
  readonly readings: readonly Reading[]
  /** The line each scope has in the chart beside; without one no lines are shown. */
  readonly style?: (scope: string) => LineStyle
  readonly lost?: readonly string[]
  /** Names the guard in each row, where several are in one table. */
  readonly named?: boolean
}

/** What guards say, with the numbers it rests on. It is the chart's legend too. */
export function ReadingsTable({
  readings,
  style,
  lost = [],
  named,
}: ReadingsTableProps): ReactNode {
  return (
    <Table>
      <thead>
        <tr>
          <th scope="col">{named ? "Guard" : "Component"}</th>
          <th scope="col">New version</th>
          <th scope="col">Old version</th>
          <th scope="col">Proof of harm</th>
          <th scope="col">Says</th>
        </tr>
      </thead>
      <tbody>
        {readings.map((r) => (
          <tr
            key={`${r.guard} ${r.metric ?? ""} ${r.scope} ${r.fingerprint ?? ""}`}
            data-gone={lost.includes(r.scope) || undefined}
          >
            <th scope="row">
              {style && <Swatch style={style(r.scope)} />}
              {named && <>{guardName(r.guard, r.metric)}: </>}
              {scopeName(r.scope)}
              {lost.includes(r.scope) && <span className={styles.of}>taken back</span>}
            </th>
            <td data-head="New version">
              <Rate arm={r.treatment} />
            </td>
            <td data-head="Old version">
              <Rate arm={r.control} />
            </td>
            <td data-head="Proof of harm">
              <Proof reading={r} />
            </td>
            <td data-head="Says">
              <Status plain tone={readingWords[r.status]?.tone ?? "idle"}>
                {readingWords[r.status]?.text ?? r.status}
              </Status>
            </td>
          </tr>
        ))}
      </tbody>
    </Table>
  )
}

/** "1.2 %" over "14 of 1,204". */
export function Rate({ arm }: { readonly arm: Arm }): ReactNode {
  return (
    <span className={styles.rate}>
      {share(arm.affected, arm.users)}
      <span className={styles.of}>
        {count(arm.affected)} of {count(arm.users)}
      </span>
    </span>
  )
}

function Proof({ reading }: { readonly reading: Reading }): ReactNode {
  const part = harmShare(reading)
  if (part === undefined) return <span className={styles.of}>by rule</span>
  const shown = Math.max(0, part)
  const colour = part >= 1 ? "--harm" : part >= 0.5 ? "--warn" : "--idle"
  return (
    <span title={`${reading.log_e.toFixed(2)} of ${reading.threshold.toFixed(2)} nats`}>
      {sayProof(part)}
      <span className={styles.meter}>
        <span style={{ width: `${Math.min(1, shown) * 100}%`, background: `var(${colour})` }} />
      </span>
    </span>
  )
}
