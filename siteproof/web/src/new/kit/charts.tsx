import type { ReactElement } from "react"
import "./charts.css"
import type { Tone } from "./status.tsx"

/** One part of a whole. */
export interface Part {
  readonly key: string
  readonly label: string
  readonly count: number
  readonly tone: Tone
}

/** Parts of a whole as one bar, with a legend that carries the numbers. */
export function PartsBar({ parts }: { readonly parts: readonly Part[] }): ReactElement {
  const whole = parts.reduce((sum, part) => sum + part.count, 0)
  return (
    <div className="s2-parts">
      <div className="s2-parts-bar" aria-hidden="true">
        {parts
          .filter((part) => part.count > 0)
          .map((part) => (
            <span key={part.key} data-tone={part.tone} style={{ flexGrow: part.count }} />
          ))}
        {whole === 0 && <span data-tone="idle" style={{ flexGrow: 1 }} />}
      </div>
      <ul>
        {parts.map((part) => (
          <li key={part.key}>
            <span className="s2-parts-key" data-tone={part.tone} aria-hidden="true" />
            <span>{part.label}</span>
            <strong className="s2-number">{part.count}</strong>
          </li>
        ))}
      </ul>
    </div>
  )
}

/** One column of a chart, from the ground up. */
export interface ChartColumn {
  readonly label: string
  readonly parts: readonly Part[]
}

const chart = { width: 360, height: 206, left: 26, bottom: 24, top: 16 } as const

/** A step of the axis that gives three or four lines and is 1, 2 or 5 times a power of ten. */
function axisStep(most: number): number {
  const rough = Math.max(1, most / 3)
  const power = 10 ** Math.floor(Math.log10(rough))
  const step = [1, 2, 5, 10].find((factor) => factor * power >= rough) ?? 10
  return step * power
}

/** Stacked columns over an axis of whole numbers. The numbers are also a table for screen readers. */
export function ColumnChart({
  title,
  columns,
}: {
  readonly title: string
  readonly columns: readonly ChartColumn[]
}): ReactElement {
  const sums = columns.map((column) => column.parts.reduce((sum, part) => sum + part.count, 0))
  const step = axisStep(Math.max(1, ...sums))
  const top = Math.max(step, Math.ceil(Math.max(...sums, 1) / step) * step)
  const room = chart.height - chart.bottom - chart.top
  const y = (count: number): number => chart.top + room - (count / top) * room
  const slot = (chart.width - chart.left) / Math.max(1, columns.length)
  const thick = Math.min(44, slot * 0.56)
  const lines = Array.from({ length: Math.round(top / step) + 1 }, (_, line) => line * step)
  const legend = columns[0]?.parts ?? []
  return (
    <figure className="s2-chart">
      <svg viewBox={`0 0 ${chart.width} ${chart.height}`} aria-hidden="true">
        {lines.map((line) => (
          <g key={line}>
            <line
              x1={chart.left}
              x2={chart.width}
              y1={y(line)}
              y2={y(line)}
              className="s2-chart-line"
            />
            <text x={chart.left - 8} y={y(line) + 4} textAnchor="end">
              {line}
            </text>
          </g>
        ))}
        {columns.map((column, index) => {
          const middle = chart.left + slot * (index + 0.5)
          let below = 0
          return (
            <g key={column.label}>
              {column.parts.map((part) => {
                const from = below
                below += part.count
                return (
                  part.count > 0 && (
                    <rect
                      key={part.key}
                      x={middle - thick / 2}
                      width={thick}
                      y={y(below)}
                      height={Math.max(0, y(from) - y(below) - 1.5)}
                      rx={2.5}
                      data-tone={part.tone}
                    />
                  )
                )
              })}
              {below > 0 && (
                <text x={middle} y={y(below) - 5} textAnchor="middle" className="s2-chart-sum">
                  {below}
                </text>
              )}
              <text x={middle} y={chart.height - 6} textAnchor="middle">
                {column.label}
              </text>
            </g>
          )
        })}
      </svg>
      {legend.length > 1 && (
        <ul className="s2-chart-legend" aria-hidden="true">
          {legend.map((part) => (
            <li key={part.key}>
              <span className="s2-parts-key" data-tone={part.tone} />
              {part.label}
            </li>
          ))}
        </ul>
      )}
      <figcaption className="s2-hidden">
        {title}:{" "}
        {columns
          .map(
            (column) =>
              `${column.label}: ${column.parts.map((part) => `${part.count} ${part.label}`).join(", ")}`,
          )
          .join("; ")}
      </figcaption>
    </figure>
  )
}

/** How much of something is done, as a bar; the words beside it say it too. */
export function Progress({
  label,
  done,
  total,
}: {
  readonly label: string
  readonly done: number
  readonly total: number
}): ReactElement {
  const share = total > 0 ? Math.min(1, done / total) : 0
  return (
    <div
      className="s2-progress"
      role="progressbar"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={total}
      aria-valuenow={done}
      data-complete={(total > 0 && done >= total) || undefined}
    >
      <span style={{ inlineSize: `${share * 100}%` }} />
    </div>
  )
}

/** The last days as squares: filled where something was written. */
export function DayDots({
  days,
}: {
  readonly days: readonly {
    readonly day: string
    readonly label: string
    readonly filled: boolean
  }[]
}): ReactElement {
  return (
    <ol className="s2-days" aria-hidden="true">
      {days.map((one) => (
        <li key={one.day} data-filled={one.filled || undefined}>
          <span>{one.label}</span>
        </li>
      ))}
    </ol>
  )
}
