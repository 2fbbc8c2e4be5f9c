import type { ReactNode } from "react"
import type { Guard, Line, Plan, Reading, RolloutPage } from "../../lib/api.ts"
import { type LineStyle, lineStyle } from "../../ui/chart-lines.ts"
import { type ChartLine, type ChartMark, LineChart } from "../../ui/line-chart.tsx"
import { Empty } from "../../ui/states.tsx"
import styles from "./guard.module.css"
import { guardWords } from "./guard-words.ts"
import { guardName, readingsOf, scopeName } from "./readings.ts"
import { ReadingsTable } from "./readings-table.tsx"

/** In pixels. */
const chartHeight = 220

interface GuardDetailsProps {
  readonly guard: Guard
  readonly page: RolloutPage
  readonly lines: readonly Line[]
}

/** One guard opened: its question, its evidence over time against what would prove it, and the numbers now. */
export function GuardDetails({ guard, page, lines }: GuardDetailsProps): ReactNode {
  const { kind } = guard
  const name = guardName(kind, guard.metric)
  const readings = readingsOf(page, guard)
  const mine = lines.filter((l) => l.guard === kind && (l.metric ?? "") === (guard.metric ?? ""))
  const style = (scope: string): LineStyle => styleOf(page, scope)
  const harm = mine.filter((l) => l.threshold > 0)
  const safe = mine.filter((l) => l.safe_need > 0)
  const lost = page.lost.map((l) => l.component)
  return (
    <div className={styles.evidence}>
      <p className={styles.question}>{guardWords[kind].watches}</p>
      {kind !== "brake" && harm.length === 0 && (
        <Empty icon={null} title="No evidence over time yet" small>
          The lines begin once people on both sides were counted.
        </Empty>
      )}
      {harm.length > 0 && (
        <div className={styles.charts} data-both={safe.length > 0 || undefined}>
          <LineChart
            caption="Harm, share of a proof"
            lines={toChart(harm, style, (l, i) => (l.points[i]?.log_e ?? 0) / l.threshold)}
            marks={marksOf(page)}
            goal={{ text: `100 %: ${proofMeans(readings)}`, tone: "harm" }}
            height={chartHeight}
            together={page.id}
            label={`${name}: evidence of harm over time, ${harm.length} lines; the table below has the numbers`}
          />
          {safe.length > 0 && (
            <LineChart
              caption="Safety, share of a proof"
              lines={toChart(safe, style, (l, i) => (l.points[i]?.safe_log_e ?? 0) / l.safe_need)}
              marks={marksOf(page)}
              goal={{ text: "100 %: safe to go on", tone: "safe" }}
              height={chartHeight}
              together={page.id}
              label={`${name}: evidence of safety over time`}
            />
          )}
        </div>
      )}
      {readings.length > 0 && <ReadingsTable readings={readings} style={style} lost={lost} />}
      <p className={styles.foot}>{footnote(guard, page.plan)}</p>
    </div>
  )
}

/** The same component has the same line in every chart. */
export function styleOf(page: RolloutPage, scope: string): LineStyle {
  return lineStyle(scope === "" ? "whole" : Math.max(0, page.components.indexOf(scope)))
}

function toChart(
  lines: readonly Line[],
  style: (scope: string) => LineStyle,
  value: (line: Line, index: number) => number,
): readonly ChartLine[] {
  return lines.map((l) => ({
    name: scopeName(l.scope),
    style: style(l.scope),
    times: l.points.map((p) => new Date(p.at).getTime() / 1000),
    values: l.points.map((_, i) => value(l, i)),
  }))
}

/** Where phases began and where something was taken back. */
function marksOf(page: RolloutPage): readonly ChartMark[] {
  const phases = page.spans
    .filter((s) => s.percent > 0)
    .map((s) => ({ at: new Date(s.from).getTime() / 1000, text: `${s.percent} %`, strong: false }))
  const lost = page.lost.map((l) => ({
    at: new Date(l.at).getTime() / 1000,
    text: `${l.component} back`,
    strong: true,
  }))
  return [...phases, ...lost].sort((a, b) => a.at - b.at)
}

/** What happens once harm is proven. */
function proofMeans(readings: readonly Reading[]): string {
  switch (readings[0]?.action ?? "roll_back") {
    case "notify":
      return "Belay tells"
    case "hold":
      return "Belay waits"
    case "freeze":
      return "Belay freezes it"
    case "roll_back":
      return "Belay rolls back"
  }
}

function footnote(guard: Guard, plan: Plan): string {
  const { kind } = guard
  if (kind === "sample_ratio") {
    return "Each person is counted at their first fetch of flags. A fair split is called broken with a chance of at most 0.1 %."
  }
  if (kind === "ingest")
    return "While nothing arrives no phase is left. Missing data is never harm."
  if (kind === "brake") return "A plain rule for what is so bad that no statistics are needed."
  const counted = "People are counted once, since the rollout started."
  const chance = Number((guard.share * plan.budget * 100).toFixed(4))
  if (guard.action !== "roll_back" && (guard.action || kind === "conversion")) {
    return `${counted} This guard calls a harmless rollout harmful with a chance of at most ${chance} %, however often it looks.`
  }
  return `${counted} This guard takes a harmless rollout back with a chance of at most ${chance} %, however often it looks.`
}
