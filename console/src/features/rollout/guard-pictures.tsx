import type { ReactNode } from "react"
import type { Effect, Reading } from "../../lib/api.ts"
import styles from "./guard-pictures.module.css"
import { harmShare, safeShare, sayProof, suspicious } from "./readings.ts"

/** How near a guard is to a proof of harm (to the right) and of safety (to the left, where it holds a phase). */
export function ProofScale({
  worst,
  whole,
  proves = "harm",
}: {
  /** The reading nearest to harm, of any component that is on. */
  readonly worst: Reading | undefined
  /** The reading of everything together, which alone can be proven safe. */
  readonly whole: Reading | undefined
  /** What is proven at the right end. */
  readonly proves?: string
}): ReactNode {
  const harm = Math.max(0, Math.min(1, (worst && harmShare(worst)) ?? 0))
  const safe = whole && safeShare(whole)
  const towards = Math.max(0, Math.min(1, safe ?? 0))
  const tone = harm >= 1 ? "harm" : harm >= suspicious ? "warn" : "idle"
  const said = `${sayProof(harm)} of a proof of ${proves}${safe === undefined ? "" : `, ${sayProof(towards)} of a proof of safety`}`
  return (
    <div className={styles.scale} role="img" aria-label={said}>
      <span className={styles.ends} aria-hidden="true">
        <span data-tone={towards >= 1 ? "safe" : undefined}>
          {safe === undefined ? "" : `safe ${sayProof(towards)}`}
        </span>
        <span data-tone={tone === "idle" ? undefined : tone}>
          {proves} {sayProof(harm)}
        </span>
      </span>
      <span className={styles.track} aria-hidden="true">
        <span className={styles.half} data-side="safe" data-none={safe === undefined || undefined}>
          <span style={{ width: `${100 * towards}%` }} />
        </span>
        <span className={styles.half} data-side="harm">
          <span style={{ width: `${100 * harm}%`, background: `var(--${tone})` }} />
        </span>
      </span>
    </div>
  )
}

/** Ratios beyond this, either way, stand at the edge of the picture. */
const widest = 8

/** Differences beyond this, either way, stand at the edge, unless the margin is wider. */
const leastSpan = 0.1

/** Where a value stands between the left edge (0, much better) and the right one (1, much worse). */
function placeOf(e: Effect, value: number, margin: number): number {
  const at =
    e.kind === "ratio"
      ? Math.log(Math.max(value, 1e-6)) / Math.log(widest)
      : value / Math.max(leastSpan, 1.5 * margin)
  return 0.5 + Math.max(-1, Math.min(1, at)) / 2
}

/** How large a difference is: a line where nothing would differ, a bar where the truth surely is, a dot for the best guess. */
export function EffectPlot({
  reading,
  said,
}: {
  readonly reading: Reading
  readonly said: string
}): ReactNode {
  const e = reading.effect
  if (!e) return null
  const margin = e.kind === "difference" ? (reading.margin ?? 0) : 0
  // Of good events fewer are the harm, so the picture is turned: harm is always on the right.
  const turned = reading.guard === "conversion"
  const place = (v: number): number => {
    const at = 100 * placeOf(e, v, margin)
    return turned ? 100 - at : at
  }
  const ends = [place(e.low), place(e.high)].toSorted((a, b) => a - b)
  const [from = 0, to = 100] = ends
  return (
    <svg
      className={styles.effect}
      viewBox="0 0 100 20"
      preserveAspectRatio="none"
      role="img"
      aria-label={said}
    >
      <rect x="50" y="0" width="50" height="20" className={styles.worse} />
      <rect x="0" y="0" width="50" height="20" className={styles.better} />
      {margin > 0 && (
        <line x1={place(margin)} x2={place(margin)} y1="0" y2="20" className={styles.margin} />
      )}
      <line x1="50" x2="50" y1="0" y2="20" className={styles.same} />
      <rect
        x={from}
        y="8"
        width={Math.max(1, to - from)}
        height="4"
        rx="1"
        className={styles.range}
      />
      <rect x={place(e.estimate) - 1} y="4" width="2" height="12" className={styles.guess} />
    </svg>
  )
}
