import { useDebouncedValue } from "@mantine/hooks"
import { useQuery } from "@tanstack/react-query"
import type { ReactNode } from "react"
import type { ExperimentPlan, PlanQuestion } from "../../lib/api-experiments.ts"
import { count, percent } from "../../lib/number.ts"
import { experimentPlan } from "../../lib/queries-experiments.ts"
import { Card } from "../../ui/card.tsx"
import { Loaded } from "../../ui/states.tsx"
import { Table } from "../../ui/table.tsx"
import styles from "./experiment.module.css"
import { inPoints } from "./words.ts"

/** Whoever types is asked about when they pause this long, ms. */
const pause = 400

interface PlanPanelProps {
  readonly env: string
  /** What is planned; undefined while it does not say enough. */
  readonly question: PlanQuestion | undefined
}

/** The plan of a question, once somebody has stopped to type. */
export function usePlan(env: string, question: PlanQuestion | undefined) {
  const [asked] = useDebouncedValue(question, pause)
  const none: PlanQuestion = {
    flag: "",
    metric: { role: "primary", kind: "errors" },
    effect: 1,
  }
  return useQuery({ ...experimentPlan(env, asked ?? none), enabled: asked !== undefined })
}

/** How many people and days it takes, by recent traffic. */
export function PlanPanel({ env, question }: PlanPanelProps): ReactNode {
  const query = usePlan(env, question)
  if (!question) {
    return (
      <Card title="How long it takes">
        <p className={styles.quiet}>
          Say what decides and how large a difference would matter. Belay looks at the last two
          weeks and says how many people that takes.
        </p>
      </Card>
    )
  }
  return (
    <Card title="How long it takes" note="by the last two weeks">
      <Loaded query={query} bones={[90]}>
        {(plan) => <Told plan={plan} question={question} />}
      </Loaded>
    </Card>
  )
}

function Told({
  plan,
  question,
}: {
  readonly plan: ExperimentPlan
  readonly question: PlanQuestion
}): ReactNode {
  const unit = inPoints(question.metric.kind) ? "points" : "%"
  return (
    <div aria-live="polite">
      <p className={styles.says}>{plan.text}</p>
      {plan.people > 0 && (
        <Table>
          <thead>
            <tr>
              <th scope="col">Variant</th>
              <th scope="col">Share</th>
              <th scope="col">People needed</th>
            </tr>
          </thead>
          <tbody>
            {plan.arms.map((a) => (
              <tr key={a.key}>
                <th scope="row">{a.key}</th>
                <td data-head="Share">{percent(100 * a.share)}</td>
                <td data-head="People needed">{count(a.people)}</td>
              </tr>
            ))}
          </tbody>
        </Table>
      )}
      {plan.curve.length > 0 && <Reach curve={plan.curve} unit={unit} />}
      <ul className={styles.notes}>
        {plan.notes.map((n) => (
          <li key={n}>{n}</li>
        ))}
      </ul>
    </div>
  )
}

function Reach({
  curve,
  unit,
}: {
  readonly curve: ExperimentPlan["curve"]
  readonly unit: string
}): ReactNode {
  const most = Math.max(...curve.map((c) => c.effect))
  return (
    <>
      <p className={styles.quiet}>The smallest difference that would be found after</p>
      <ul className={styles.reachList}>
        {curve.map((c) => (
          <li key={c.days}>
            <span>{c.days === 1 ? "1 day" : `${c.days} days`}</span>
            <i style={{ width: `${(100 * c.effect) / most}%` }} aria-hidden="true" />
            <span>
              {Number(c.effect.toPrecision(2))} {unit}
            </span>
          </li>
        ))}
      </ul>
    </>
  )
}
