import type { ReactNode } from "react"
import type { MetricResult } from "../../lib/api-experiments.ts"
import styles from "./experiment.module.css"
import { spanOf, ticksOf } from "./scale.ts"
import { sayChange, signed, statusWords } from "./words.ts"

/** The change of each arm with its bounds around nothing, and where harm begins. */
export function IntervalPlot({ metric }: { readonly metric: MetricResult }): ReactNode {
  const rows = metric.arms.flatMap((a) => (a.change ? [{ ...a, change: a.change }] : []))
  if (rows.length === 0) return null
  const limit = limitOf(metric)
  const span = spanOf([...rows.flatMap((r) => [r.change.low, r.change.high]), limit ?? 0])
  const at = (v: number): string => `${(100 * (v - span.low)) / (span.high - span.low)}%`
  const ticks = ticksOf(span)
  const unit = metric.share ? " pt" : " %"
  return (
    <div className={styles.intervals}>
      {rows.map((r) => (
        <div
          key={r.key}
          className={styles.interval}
          style={{ ["--tone" as string]: `var(--${statusWords[r.status].tone})` }}
        >
          <div className={styles.intervalHead}>
            <strong>{r.key}</strong>
            <span>{sayChange(r.change, metric.share)}</span>
          </div>
          <div className={styles.track} aria-hidden="true">
            {ticks.map((t) => (
              <i key={t} className={styles.tick} style={{ left: at(t) }} />
            ))}
            <i className={styles.zero} style={{ left: at(0) }} />
            {limit !== undefined && <i className={styles.limit} style={{ left: at(limit) }} />}
            <i
              className={styles.reach}
              style={{ left: at(r.change.low), right: `calc(100% - ${at(r.change.high)})` }}
            />
            <i className={styles.point} style={{ left: at(r.change.estimate) }} />
          </div>
        </div>
      ))}
      <div className={styles.axis} aria-hidden="true">
        {ticks.map((t) => (
          <span key={t} style={{ left: at(t) }}>
            {signed(t, span.high - span.low)}
            {unit}
          </span>
        ))}
      </div>
      {limit !== undefined && (
        <p className={styles.key}>
          <i className={styles.limitKey} /> dashed: tolerated up to here (
          {signed(limit, span.high - span.low)}
          {unit})
        </p>
      )}
    </div>
  )
}

/** Where a guardrail's harm begins, on the scale of changes. */
export function limitOf(m: MetricResult): number | undefined {
  if (m.role !== "guardrail" || !m.margin) return undefined
  return m.better === "less" ? m.margin : -m.margin
}
