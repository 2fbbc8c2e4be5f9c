import type { ReactNode } from "react"
import { percent } from "../../lib/number.ts"
import styles from "./flag-page.module.css"
import { control, stretchesOf, type Weight } from "./weights.ts"

/** Everybody as one bar, cut where the variants meet; it always adds up. */
export function WeightBar({
  label,
  weights,
}: {
  readonly label: string
  readonly weights: readonly Weight[]
}): ReactNode {
  const stretches = stretchesOf(weights)
  const said = stretches.map((s) => `${s.key || "unnamed"} ${percent(s.weight)}`).join(", ")
  return (
    <figure className={styles.figure}>
      <figcaption className={styles.caption}>{label}</figcaption>
      <div className={styles.weights} role="img" aria-label={`${label}: ${said}`}>
        {stretches.map((s, at) => (
          <span
            key={`${s.key} ${s.from}`}
            className={styles.stretch}
            data-control={s.key === control || undefined}
            data-odd={at % 2 === 1 || undefined}
            style={{ flexGrow: s.weight }}
            title={`${s.key} ${percent(s.weight)}`}
          >
            {s.weight >= 12 && `${s.key} ${percent(s.weight)}`}
          </span>
        ))}
      </div>
    </figure>
  )
}
