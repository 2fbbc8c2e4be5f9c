import type { ReactNode } from "react"
import type { ArmResult, MetricResult } from "../../lib/api-experiments.ts"
import { count } from "../../lib/number.ts"
import styles from "./experiment.module.css"
import { limitOf } from "./interval-plot.tsx"
import { spanOf, ticksOf } from "./scale.ts"
import { sayChange, signed } from "./words.ts"

const moment = new Intl.DateTimeFormat(undefined, {
  day: "numeric",
  month: "short",
  hour: "2-digit",
  minute: "2-digit",
})

/** How many looks make a course. */
export const shortestCourse = 3

/** Size of the drawing, in its own units; it is stretched to its place. */
const wide = 600
const tall = 160

/** How the change of one arm and its bounds would have looked at each moment. */
export function CoursePlot({
  metric,
  arm,
}: {
  readonly metric: MetricResult
  readonly arm: ArmResult
}): ReactNode {
  const { course } = arm
  const first = course[0]
  const last = course.at(-1)
  if (!first || !last || course.length < shortestCourse) return null
  const limit = limitOf(metric)
  // The first looks know so little that they would flatten the rest.
  const known = course.slice(Math.floor(course.length / 3))
  const span = spanOf([...known.flatMap((l) => [l.low, l.high]), limit ?? 0])
  const begin = Date.parse(first.at)
  const end = Math.max(begin + 1, Date.parse(last.at))
  const x = (at: string): number => ((Date.parse(at) - begin) / (end - begin)) * wide
  const y = (v: number): number => {
    const inside = Math.min(span.high, Math.max(span.low, v))
    return ((span.high - inside) / (span.high - span.low)) * tall
  }
  const line = (pick: (l: (typeof course)[number]) => number): string =>
    course.map((l) => `${x(l.at).toFixed(1)},${y(pick(l)).toFixed(1)}`).join(" ")
  const back = course
    .toReversed()
    .map((l) => `${x(l.at).toFixed(1)},${y(l.low).toFixed(1)}`)
    .join(" ")
  const told = `${arm.key} over time: ${sayChange(last, metric.share)} at the end, with ${count(last.people)} people`
  return (
    <figure className={styles.course}>
      <figcaption>
        {arm.key} over time, in {metric.share ? "percentage points" : "percent"}
      </figcaption>
      <div className={styles.plot}>
        {ticksOf(span).map((t) => (
          <span key={t} className={styles.level} style={{ top: `${(100 * y(t)) / tall}%` }}>
            {signed(t, span.high - span.low)}
          </span>
        ))}
        <svg
          viewBox={`0 0 ${wide} ${tall}`}
          preserveAspectRatio="none"
          role="img"
          aria-label={told}
        >
          {ticksOf(span).map((t) => (
            <line key={t} className={styles.grid} x1={0} x2={wide} y1={y(t)} y2={y(t)} />
          ))}
          <polygon className={styles.band} points={`${line((l) => l.high)} ${back}`} />
          <line className={styles.nothing} x1={0} x2={wide} y1={y(0)} y2={y(0)} />
          {limit !== undefined && (
            <line className={styles.bound} x1={0} x2={wide} y1={y(limit)} y2={y(limit)} />
          )}
          <polyline className={styles.line} points={line((l) => l.estimate)} />
        </svg>
      </div>
      <div className={styles.when}>
        <span>{moment.format(new Date(first.at))}</span>
        <span>{moment.format(new Date(last.at))}</span>
      </div>
    </figure>
  )
}
