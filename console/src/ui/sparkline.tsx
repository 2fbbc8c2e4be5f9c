import type { ReactNode } from "react"

interface SparklineProps {
  readonly values: readonly number[]
  readonly height?: number
  readonly tone?: "live" | "harm"
  /** Said to those who cannot see the line. */
  readonly label: string
}

/** A line without axes: the shape of the last while, no more. */
export function Sparkline({
  values,
  height = 36,
  tone = "live",
  label,
}: SparklineProps): ReactNode {
  const width = 240
  const top = Math.max(...values, 1)
  const step = values.length > 1 ? width / (values.length - 1) : width
  const y = (v: number): number => height - 2 - (v / top) * (height - 6)
  const line = values.map((v, i) => `${i ? "L" : "M"}${(i * step).toFixed(1)} ${y(v).toFixed(1)}`)
  return (
    <svg
      viewBox={`0 0 ${width} ${height}`}
      width="100%"
      height={height}
      preserveAspectRatio="none"
      role="img"
      aria-label={label}
    >
      {values.length > 1 && (
        <>
          <path
            d={`${line.join("")}L${width} ${height}L0 ${height}Z`}
            fill={`var(--${tone})`}
            opacity="0.12"
          />
          <path
            d={line.join("")}
            fill="none"
            stroke={`var(--${tone})`}
            strokeWidth="1.75"
            strokeLinejoin="round"
            vectorEffect="non-scaling-stroke"
          />
        </>
      )}
    </svg>
  )
}
