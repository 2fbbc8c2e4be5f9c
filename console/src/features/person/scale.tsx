import type { ReactNode } from "react"
import type { Step, VariantTrace } from "../../lib/api-segments.ts"
import styles from "./person.module.css"

/** A share with no more digits than one reads. */
export const round = (n: number): string => String(Number(n.toFixed(2)))

/** The ranges of a step's scale: the variants, or the share that a rollout has reached. */
function partsOf(step: Step): readonly VariantTrace[] {
  const inside = step.outcome !== "decided"
  return step.variants ?? [{ key: "in", from: 0, to: step.percent ?? 0, chosen: inside }]
}

/** Where somebody falls between 0 and 100 %, against the ranges that were given away. */
export function Scale({
  step,
  bucket,
}: {
  readonly step: Step
  readonly bucket: number
}): ReactNode {
  const parts = partsOf(step)
  const said = parts.map((p) => `${p.key} from ${round(p.from)} to ${round(p.to)} %`).join(", ")
  return (
    <div
      className={styles.scale}
      role="img"
      aria-label={`They fall at ${round(bucket)} %; ${said}`}
    >
      <div className={styles.track}>
        {parts.map((p) => (
          <span
            key={p.key}
            className={styles.part}
            data-chosen={p.chosen || undefined}
            style={{ left: `${p.from}%`, width: `${Math.max(0, p.to - p.from)}%` }}
          >
            {p.to - p.from >= 12 ? p.key : ""}
          </span>
        ))}
        <span className={styles.marker} style={{ left: `${bucket}%` }} />
      </div>
      <div className={styles.ends}>
        <span>0 %</span>
        <span>they fall at {round(bucket)} %</span>
        <span>100 %</span>
      </div>
    </div>
  )
}
