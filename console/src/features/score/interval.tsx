import type { ReactNode } from "react"
import type { Criterion } from "../../lib/api-score.ts"
import styles from "./score.module.css"
import { axisOf, goalWords, say, statusWords } from "./words.ts"

const width = 300

/** The interval as a bar, the value as a dot, the goal as a line with its good side shaded. */
export function Interval({ criterion: c }: { readonly criterion: Criterion }): ReactNode {
  const axis = axisOf(c)
  if (!axis) return null
  const tone = statusWords[c.status].tone
  const x = (v: number): number => Math.round(v * width)
  return (
    <svg
      className={styles.picture}
      viewBox={`0 0 ${width} 34`}
      preserveAspectRatio="none"
      role="img"
      aria-label={`Between ${say(c.unit, c.judged.low)} and ${c.judged.high === undefined ? "no bound" : say(c.unit, c.judged.high)}; the goal is ${goalWords(c)}`}
    >
      <rect
        x={c.above ? x(axis.goal) : 0}
        y="4"
        width={c.above ? width - x(axis.goal) : x(axis.goal)}
        height="26"
        rx="4"
        fill="var(--safe-ground)"
      />
      <line x1="0" x2={width} y1="17" y2="17" stroke="var(--line-strong)" />
      <rect
        x={x(axis.low)}
        y="12"
        width={Math.max(2, x(axis.high) - x(axis.low))}
        height="10"
        rx="5"
        fill={`var(--${tone})`}
        opacity="0.45"
      />
      <line
        x1={x(axis.goal)}
        x2={x(axis.goal)}
        y1="2"
        y2="32"
        stroke="var(--safe-text)"
        strokeWidth="2"
        strokeDasharray="4 3"
      />
      <rect x={x(axis.estimate) - 2} y="8" width="4" height="18" rx="2" fill={`var(--${tone})`} />
    </svg>
  )
}
