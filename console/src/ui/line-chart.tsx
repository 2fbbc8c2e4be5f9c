import "uplot/dist/uPlot.min.css"
import { useComputedColorScheme } from "@mantine/core"
import { type ReactNode, useEffect, useRef } from "react"
import uPlot from "uplot"
import type { LineStyle } from "./chart-lines.ts"
import styles from "./line-chart.module.css"

export interface ChartLine {
  readonly name: string
  readonly style: LineStyle
  /** Seconds since 1970, rising. */
  readonly times: readonly number[]
  readonly values: readonly number[]
}

/** A vertical mark: something happened then. */
export interface ChartMark {
  readonly at: number
  readonly text: string
  readonly strong: boolean
}

interface LineChartProps {
  readonly lines: readonly ChartLine[]
  readonly marks: readonly ChartMark[]
  /** Above the lines: what they show, and what it means when they reach 1. */
  readonly caption: string
  readonly goal: { readonly text: string; readonly tone: "harm" | "safe" }
  readonly height: number
  /** Said to those who cannot see the lines. */
  readonly label: string
  /** The charts of one key move their cursors together. */
  readonly together: string
}

/** Values this far below nothing look all the same, so that a long quiet time does not flatten the rest. */
const floor = -0.35

/** Room above the goal, so that a line that passes it is seen to. */
const ceiling = 1.25

const axisFont = '11px Inter, ui-sans-serif, system-ui, "Segoe UI", Roboto, sans-serif'
const markFont = '600 11px Inter, ui-sans-serif, system-ui, "Segoe UI", Roboto, sans-serif'

/** Shares of a proof over time against the goal at 100 %. */
export function LineChart(props: LineChartProps): ReactNode {
  const place = useRef<HTMLDivElement>(null)
  const chart = useRef<uPlot>(undefined)
  const latest = useRef(props)
  latest.current = props
  const scheme = useComputedColorScheme("light")
  const shape = `${scheme}|${props.height}|${props.lines.map((l) => l.name).join("|")}`

  // biome-ignore lint/correctness/useExhaustiveDependencies: the chart is made anew when its shape changes, and only then
  useEffect(() => {
    const div = place.current
    if (!div) return
    const made = new uPlot(options(latest, div, scheme), joined(latest.current.lines), div)
    chart.current = made
    const watch = new ResizeObserver(() => {
      if (div.clientWidth > 0)
        made.setSize({ width: div.clientWidth, height: latest.current.height })
    })
    watch.observe(div)
    return () => {
      watch.disconnect()
      made.destroy()
      chart.current = undefined
    }
  }, [shape])

  useEffect(() => {
    chart.current?.setData(joined(props.lines))
  }, [props.lines])

  return (
    <figure className={styles.figure}>
      <figcaption className={styles.caption}>
        {props.caption}
        <span className={styles.goal} style={{ ["--tone" as string]: `var(--${props.goal.tone})` }}>
          {props.goal.text}
        </span>
      </figcaption>
      <div ref={place} className={styles.chart} role="img" aria-label={props.label} />
    </figure>
  )
}

function joined(lines: readonly ChartLine[]): uPlot.AlignedData {
  const clamp = (v: number): number => Math.max(floor, v)
  const tables = lines
    .filter((l) => l.times.length > 0)
    .map((l): uPlot.AlignedData => [[...l.times], l.values.map(clamp)])
  if (tables.length !== lines.length || tables.length === 0) {
    return [[], ...lines.map(() => [])] as uPlot.AlignedData
  }
  return uPlot.join(tables)
}

function options(
  latest: { readonly current: LineChartProps },
  div: HTMLDivElement,
  scheme: "light" | "dark",
): uPlot.Options {
  const token = (name: string): string => getComputedStyle(div).getPropertyValue(name).trim()
  const { lines, height, together } = latest.current
  const quiet = token("--quiet")
  const grid = { stroke: token("--line"), width: 1 }
  return {
    width: Math.max(div.clientWidth, 200),
    height,
    padding: [14, 10, 0, 0],
    legend: { show: false },
    cursor: {
      sync: { key: together },
      drag: { x: false, y: false },
      y: false,
      points: { size: 7 },
    },
    scales: {
      x: { time: true },
      y: { range: (_, __, top) => [floor, Math.max(ceiling, (top ?? 1) * 1.08)] },
    },
    axes: [
      {
        stroke: quiet,
        font: axisFont,
        grid: { show: false },
        ticks: { show: false },
        space: 92, // of "08:10:20 PM" and room between two
        size: 26,
        values: (_, at) => timesOf(at),
      },
      {
        stroke: quiet,
        font: axisFont,
        grid,
        ticks: { show: false },
        size: 48,
        splits: (_u, _axis, _low, high) => (high > 3 ? [0, 1, Math.floor(high)] : [0, 0.5, 1]),
        values: (_, at) => at.map((v) => `${Math.round(v * 100)} %`),
      },
    ],
    series: [
      {},
      ...lines.map(
        (l): uPlot.Series => ({
          label: l.name,
          stroke: l.style[scheme],
          width: l.style.width,
          dash: [...l.style.dash],
          spanGaps: true,
          points: { show: false },
        }),
      ),
    ],
    hooks: {
      drawAxes: [(u) => drawGoal(u, latest.current, token)],
      draw: [(u) => drawMarks(u, latest.current.marks, token)],
    },
  }
}

/** Clock times; with seconds where marks are closer than a minute, as days where they are further apart than half one. */
function timesOf(at: readonly number[]): string[] {
  const step = (at[1] ?? 0) - (at[0] ?? 0)
  const style: Intl.DateTimeFormatOptions =
    step >= 43_200
      ? { day: "numeric", month: "short" }
      : {
          hour: "2-digit",
          minute: "2-digit",
          ...(step > 0 && step < 60 ? { second: "2-digit" as const } : {}),
        }
  const format = new Intl.DateTimeFormat(undefined, style)
  return at.map((v) => format.format(v * 1000))
}

type Token = (name: string) => string

function drawGoal(u: uPlot, { goal }: LineChartProps, token: Token): void {
  const { ctx, bbox } = u
  const ratio = devicePixelRatio
  const y = u.valToPos(1, "y", true)
  const colour = token(`--${goal.tone}`)
  ctx.save()
  ctx.globalAlpha = 0.09
  ctx.fillStyle = colour
  ctx.fillRect(bbox.left, bbox.top, bbox.width, Math.max(0, y - bbox.top))
  ctx.globalAlpha = 1
  ctx.strokeStyle = colour
  ctx.lineWidth = 1.5 * ratio
  ctx.beginPath()
  ctx.moveTo(bbox.left, y)
  ctx.lineTo(bbox.left + bbox.width, y)
  ctx.stroke()
  ctx.restore()
}

/** Of what happened before the chart begins only the last is shown, at its beginning. */
function inSight(u: uPlot, marks: readonly ChartMark[]): readonly ChartMark[] {
  const begin = u.scales.x?.min ?? 0
  const before = marks.filter((m) => m.at < begin)
  return [...before.slice(-1), ...marks.filter((m) => m.at >= begin)]
}

function drawMarks(u: uPlot, marks: readonly ChartMark[], token: Token): void {
  const { ctx, bbox } = u
  const ratio = devicePixelRatio
  ctx.save()
  ctx.font = markFont.replace("11px", `${11 * ratio}px`)
  ctx.textAlign = "left"
  ctx.textBaseline = "bottom"
  ctx.lineWidth = ratio
  // The strong ones are written first: where there is no room for all words, theirs are kept.
  const taken: (readonly [number, number])[] = []
  for (const mark of inSight(u, marks).toSorted((a, b) => Number(b.strong) - Number(a.strong))) {
    const x = Math.max(bbox.left, u.valToPos(mark.at, "x", true))
    if (x > bbox.left + bbox.width + 1) continue
    const colour = token(mark.strong ? "--harm" : "--line-strong")
    ctx.strokeStyle = colour
    ctx.setLineDash(mark.strong ? [] : [3 * ratio, 3 * ratio])
    ctx.beginPath()
    ctx.moveTo(x, bbox.top)
    ctx.lineTo(x, bbox.top + bbox.height)
    ctx.stroke()
    const width = ctx.measureText(mark.text).width
    const left = Math.min(x, bbox.left + bbox.width - width)
    if (taken.some(([from, to]) => left < to && left + width > from)) continue
    ctx.fillStyle = token(mark.strong ? "--harm-text" : "--quiet")
    ctx.fillText(mark.text, left, bbox.top - 1 * ratio)
    taken.push([left - 6 * ratio, left + width + 6 * ratio])
  }
  ctx.restore()
}
