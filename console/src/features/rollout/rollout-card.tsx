import { useQuery } from "@tanstack/react-query"
import { Link } from "@tanstack/react-router"
import type { ReactNode } from "react"
import type { Reading, RolloutSummary } from "../../lib/api.ts"
import { count, percent } from "../../lib/number.ts"
import { rollout as rolloutQuery } from "../../lib/queries.ts"
import { Status } from "../../ui/status.tsx"
import { useNow, When } from "../../ui/when.tsx"
import { guardName, harmShare, nearest, present, sayProof } from "./readings.ts"
import styles from "./rollout-card.module.css"
import { standing } from "./standing.ts"
import { ended, headline, sayLost, stateWords } from "./words.ts"

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
  const now = useNow()
  const says = page ? standing(page, now) : headline(r)
  const lost = sayLost(r)
  const at = r.ended_at ?? r.started_at ?? r.created_at
  const verb =
    r.state === "discarded"
      ? "discarded"
      : r.ended_at
        ? "ended"
        : r.started_at
          ? "started"
          : "planned"
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
      {says.next && <p className={styles.text}>{says.next}</p>}
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
      {r.started_at && (
        <div className={styles.numbers}>
          <span>
            New version <strong>{count(r.treatment_users)} people</strong>
          </span>
          <span>
            Old version <strong>{count(r.control_users)} people</strong>
          </span>
          {!ended(r) && <Worst of={page ? nearest(present(page)) : r.worst} />}
        </div>
      )}
    </Link>
  )
}

function Worst({ of: worst }: { readonly of: Reading | undefined }): ReactNode {
  const part = worst && harmShare(worst)
  if (!worst || part === undefined) return null
  return (
    <span>
      Nearest to a rollback{" "}
      <strong>
        {guardName(worst.guard, worst.metric)}
        {worst.scope && `, ${worst.scope}`}: {sayProof(part)} of a proof
      </strong>
    </span>
  )
}

function stepOf(r: RolloutSummary, index: number): "done" | "now" | "next" {
  if (!r.started_at) return "next"
  if (r.state === "completed" || index < r.phase) return "done"
  return index === r.phase ? "now" : "next"
}
