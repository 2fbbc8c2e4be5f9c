import type { ReactNode } from "react"
import type { MetricResult } from "../../lib/api-experiments.ts"
import { count } from "../../lib/number.ts"
import { Card } from "../../ui/card.tsx"
import { Status } from "../../ui/status.tsx"
import { Table } from "../../ui/table.tsx"
import { CoursePlot, shortestCourse } from "./course-plot.tsx"
import styles from "./experiment.module.css"
import { IntervalPlot } from "./interval-plot.tsx"
import { sayMean, statusWords } from "./words.ts"

/** One metric: how each arm differs from control, how sure that is, and how it came about. */
export function MetricCard({ metric }: { readonly metric: MetricResult }): ReactNode {
  return (
    <Card title={metric.title} note={metric.role === "primary" ? "decides" : "must not get worse"}>
      <p className={styles.quiet}>
        {metric.explained} {metric.better === "less" ? "Less is better." : "More is better."}
      </p>
      <IntervalPlot metric={metric} />
      <Table>
        <thead>
          <tr>
            <th scope="col">Variant</th>
            <th scope="col">People</th>
            <th scope="col">{metric.share ? "Share" : "Per person"}</th>
            <th scope="col">What is known</th>
          </tr>
        </thead>
        <tbody>
          {metric.arms.map((a, n) => (
            <tr key={a.key}>
              <th scope="row">{a.key}</th>
              <td data-head="People">{count(a.people)}</td>
              <td data-head={metric.share ? "Share" : "Per person"}>
                {a.people > 0 ? sayMean(a.mean, metric.share) : "–"}
              </td>
              <td data-head="What is known" data-wide>
                {n > 0 && (
                  <Status plain tone={statusWords[a.status].tone}>
                    {statusWords[a.status].text}
                  </Status>
                )}
                <span className={styles.says}>{a.text}</span>
              </td>
            </tr>
          ))}
        </tbody>
      </Table>
      {metric.role === "primary" ? (
        <Courses metric={metric} />
      ) : (
        metric.arms.some((a) => a.course.length >= shortestCourse) && (
          <details className={styles.more}>
            <summary>How it came about</summary>
            <Courses metric={metric} />
          </details>
        )
      )}
    </Card>
  )
}

function Courses({ metric }: { readonly metric: MetricResult }): ReactNode {
  return metric.arms.map((a) => <CoursePlot key={a.key} metric={metric} arm={a} />)
}
