import { useQuery } from "@tanstack/react-query"
import { Link } from "@tanstack/react-router"
import type { ReactNode } from "react"
import type { Reading, RolloutPage, RolloutSummary } from "../../lib/api.ts"
import { count, percent } from "../../lib/number.ts"
import { rollout as rolloutQuery } from "../../lib/queries.ts"
import { Status } from "../../ui/status.tsx"
import { When } from "../../ui/when.tsx"
import styles from "./rollout-card.module.css"
import { ended, guardWords, harmShare, headline, sayLost, scopeName, stateWords } from "./words.ts"

/** A rollout at a glance; the whole card leads to its page. */
export function RolloutCard({
  rollout: r,
  env,
}: {
  readonly rollout: RolloutSummary
  readonly env: string
}): ReactNode {
  const state = stateWords[r.state]
  const page = useQuery({ ...rolloutQuery(env, r.id), enabled: !ended(r) }).data
  const says = headline(r, page?.next.text ?? "")
  const lost = sayLost(r)
  const at = r.ended_at ?? r.started_at ?? r.created_at
  const verb = r.ended_at ? "ended" : r.started_at ? "started" : "planned"
  return (
    <Link
      to="/$env/rollouts/$id"
      params={{ env, id: r.id }}
      className={styles.card}
      style={{ ["--tone" as string]: `var(--${says.tone})` }}
    >
      <div className={styles.head}>
        <h2 className={styles.name}>{r.name}</h2>
        <Status tone={state.tone}>{state.text}</Status>
        <span className={styles.when}>
          {verb} <When at={at} />
        </span>
      </div>
      <p className={styles.says}>{says.title}</p>
      {says.text && <p className={styles.text}>{says.text}</p>}
      {lost && <p className={styles.lost}>{lost}</p>}
      <div
        className={styles.steps}
        role="img"
        aria-label={`Phase ${r.phase + 1} of ${r.plan.phases.length}`}
      >
        {r.plan.phases.map((phase, i) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a plan's phases never move
          <span key={i} className={styles.step} data-state={stepOf(r, i)}>
            {percent(phase.percent)}
          </span>
        ))}
      </div>
      {r.state !== "draft" && (
        <div className={styles.numbers}>
          <span>
            New version <strong>{count(r.treatment_users)} people</strong>
          </span>
          <span>
            Old version <strong>{count(r.control_users)} people</strong>
          </span>
          {!ended(r) && <Worst of={page ? nearest(page) : r.worst} />}
        </div>
      )}
    </Link>
  )
}

/** The reading nearest to a rollback of something that is still on. */
function nearest(page: RolloutPage): Reading | undefined {
  const on = page.readings.filter((r) => !page.lost.some((l) => l.component === r.scope))
  return on.toSorted((a, b) => (harmShare(b) ?? -1) - (harmShare(a) ?? -1))[0]
}

function Worst({ of: worst }: { readonly of: Reading | undefined }): ReactNode {
  const part = worst && harmShare(worst)
  if (!worst || part === undefined) return null
  return (
    <span>
      Nearest to a rollback{" "}
      <strong>
        {guardWords[worst.guard].name}
        {worst.scope && `, ${scopeName(worst.scope)}`}:{" "}
        {Math.floor(Math.max(0, Math.min(1, part)) * 100)} % of a proof
      </strong>
    </span>
  )
}

function stepOf(r: RolloutSummary, index: number): "done" | "now" | "next" {
  if (r.state === "draft") return "next"
  if (r.state === "completed" || index < r.phase) return "done"
  return index === r.phase ? "now" : "next"
}
