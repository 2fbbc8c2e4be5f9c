import type { ReactNode } from "react"
import type { GuardKind, Line, Plan, Reading, RolloutPage } from "../../lib/api.ts"
import { Card } from "../../ui/card.tsx"
import { type LineStyle, lineStyle } from "../../ui/chart-lines.ts"
import { type ChartLine, type ChartMark, LineChart } from "../../ui/line-chart.tsx"
import { Empty } from "../../ui/states.tsx"
import { Status } from "../../ui/status.tsx"
import styles from "./guard.module.css"
import { ReadingsTable } from "./readings-table.tsx"
import { guardWords, readingWords, scopeName } from "./words.ts"

/** Heights of the two charts, in pixels. */
const harmHeight = 210
const safeHeight = 150

interface GuardCardProps {
  readonly kind: GuardKind
  readonly page: RolloutPage
  readonly lines: readonly Line[]
}

/** One guard: its question, its evidence over time against what would prove it, and the numbers now. */
export function GuardCard({ kind, page, lines }: GuardCardProps): ReactNode {
  const words = guardWords[kind]
  const readings = page.readings.filter((r) => r.guard === kind)
  const mine = lines.filter((l) => l.guard === kind)
  const style = (scope: string): LineStyle => styleOf(page, scope)
  const harm = mine.filter((l) => l.threshold > 0)
  const safe = mine.filter((l) => l.safe_need > 0)
  return (
    <Card title={words.name} side={<GuardStatus readings={readings} />}>
      <p className={styles.question}>{words.watches}</p>
      <div className={styles.grid}>
        <div className={styles.charts}>
          {harm.length === 0 && (
            <Empty icon={null} title="No evidence over time yet" small>
              The lines begin once people on both sides were counted.
            </Empty>
          )}
          {harm.length > 0 && (
            <>
              <span className={styles.caption}>Evidence of harm, share of a proof</span>
              <LineChart
                lines={toChart(harm, style, (l, i) => (l.points[i]?.log_e ?? 0) / l.threshold)}
                marks={marksOf(page)}
                goal={{ text: "proven: Belay rolls back", tone: "harm" }}
                height={harmHeight}
                together={page.id}
                label={`${words.name}: evidence of harm over time, ${harm.length} lines; the table beside it has the numbers`}
              />
            </>
          )}
          {safe.length > 0 && (
            <>
              <span className={styles.caption}>
                Evidence that it is safe, share of what the next phase needs
              </span>
              <LineChart
                lines={toChart(safe, style, (l, i) => (l.points[i]?.safe_log_e ?? 0) / l.safe_need)}
                marks={marksOf(page)}
                goal={{ text: "safe enough to go on", tone: "safe" }}
                height={safeHeight}
                together={page.id}
                label={`${words.name}: evidence of safety over time`}
              />
            </>
          )}
        </div>
        <div className={styles.quietly}>
          <ReadingsTable
            readings={readings}
            style={style}
            lost={page.lost.map((l) => l.component)}
          />
          <span className={styles.of}>{footnote(kind, page.plan)}</span>
        </div>
      </div>
    </Card>
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

function footnote(kind: GuardKind, plan: Plan): string {
  const guard = plan.guards.find((g) => g.kind === kind)
  const budget = ((guard?.share ?? 0) * plan.budget * 100).toFixed(2)
  if (!guard) return "People are counted once, from the start of the rollout."
  return `People are counted once, from the start of the rollout. A harmless rollout is taken back by this guard with a chance of at most ${Number(budget)} %, however often it looks.`
}

function GuardStatus({ readings }: { readonly readings: readonly Reading[] }): ReactNode {
  const order = ["harmful", "watching", "waiting", "safe", "off"] as const
  const worst = order.find((s) => readings.some((r) => r.status === s))
  if (!worst) return <Status tone="idle">No data yet</Status>
  return <Status tone={readingWords[worst].tone}>{readingWords[worst].text}</Status>
}
