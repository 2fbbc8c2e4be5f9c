import { IconCheck, IconLock, IconLockOpen } from "@tabler/icons-react"
import type { ReactNode } from "react"
import type { Cohort, Phase, Rollout, RolloutPage } from "../../lib/api.ts"
import { count, percent } from "../../lib/number.ts"
import { fullTime, parseSpan, saySpan } from "../../lib/time.ts"
import { Status } from "../../ui/status.tsx"
import { useNow } from "../../ui/when.tsx"
import styles from "./ladder.module.css"

type StepState = "done" | "now" | "next" | "skipped" | "left"

function stepState(r: Rollout, index: number): StepState {
  if (r.state === "draft") return "next"
  if (index < r.phase || r.state === "completed") return "done"
  if (index > r.phase) return r.state === "rolled_back" ? "skipped" : "next"
  return r.state === "rolled_back" ? "left" : "now"
}

/** Milliseconds that a phase was or has been in force. */
function spent(r: Rollout, index: number, now: number): number {
  let total = 0
  for (const span of r.spans) {
    if (span.phase !== index || span.percent <= 0) continue
    const until = span.to ? new Date(span.to).getTime() : now
    total += Math.max(0, until - new Date(span.from).getTime())
  }
  return total
}

/** The phases, how long each lasted, how many people were on each side. */
export function Ladder({ page }: { readonly page: RolloutPage }): ReactNode {
  const now = useNow()
  return (
    <ol className={styles.ladder} aria-label="Phases">
      {page.plan.phases.map((phase, i) => (
        <Step
          // biome-ignore lint/suspicious/noArrayIndexKey: a plan's phases never move
          key={i}
          phase={phase}
          index={i}
          page={page}
          cohort={page.cohorts.find((c) => c.phase === i)}
          spentFor={spent(page, i, now)}
        />
      ))}
    </ol>
  )
}

interface StepProps {
  readonly phase: Phase
  readonly index: number
  readonly page: RolloutPage
  readonly cohort: Cohort | undefined
  readonly spentFor: number
}

function Step({ phase, index, page, cohort, spentFor }: StepProps): ReactNode {
  const state = stepState(page, index)
  const dwell = parseSpan(phase.min_dwell) ?? 0
  const progress = state === "done" || dwell <= 0 ? 1 : Math.min(1, spentFor / dwell)
  const paused = page.state === "held" || page.state === "awaiting_approval"
  const started = page.spans.find((s) => s.phase === index)?.from
  return (
    <li
      className={styles.step}
      data-state={state}
      aria-current={state === "now" ? "step" : undefined}
    >
      <div className={styles.top}>
        <span className={styles.percent}>{percent(phase.percent)}</span>
        <StepMark state={state} page={page} />
      </div>
      <span className={styles.name}>{phase.name}</span>
      {(state === "now" || state === "done" || state === "left") && (
        <Stay share={progress} percent={phase.percent} paused={state === "now" && paused} />
      )}
      {state === "next" || state === "skipped" ? (
        <span>At least {saySpan(dwell)}</span>
      ) : (
        <div className={styles.row} title={started && `Since ${fullTime(started)}`}>
          <span>{state === "now" ? "For" : "Lasted"}</span>
          <strong>
            {saySpan(spentFor)}
            {state === "now" && progress < 1 && ` of ${saySpan(dwell)}`}
          </strong>
        </div>
      )}
      <People phase={phase} state={state} cohort={cohort} />
      <Gate phase={phase} index={index} page={page} last={index === page.plan.phases.length - 1} />
    </li>
  )
}

interface StayProps {
  /** How much of the shortest stay has passed, 0 to 1. */
  readonly share: number
  readonly percent: number
  readonly paused: boolean
}

function Stay({ share, percent: reach, paused }: StayProps): ReactNode {
  return (
    <div
      className={styles.track}
      role="progressbar"
      aria-label={`Shortest stay at ${percent(reach)}`}
      aria-valuenow={Math.round(share * 100)}
      aria-valuemin={0}
      aria-valuemax={100}
    >
      <div
        className={styles.fill}
        data-paused={paused || undefined}
        style={{ width: `${share * 100}%` }}
      />
    </div>
  )
}

function StepMark({
  state,
  page,
}: {
  readonly state: StepState
  readonly page: Rollout
}): ReactNode {
  if (state === "now") {
    if (page.state === "held") return <Status tone="warn">Held</Status>
    if (page.state === "awaiting_approval") return <Status tone="warn">Needs a yes</Status>
    return <Status tone="live">Now</Status>
  }
  if (state === "left") return <Status tone="harm">Rolled back</Status>
  if (state === "done") return <IconCheck size={18} color="var(--safe)" aria-label="done" />
  return null
}

function People({
  phase,
  state,
  cohort,
}: {
  readonly phase: Phase
  readonly state: StepState
  readonly cohort: Cohort | undefined
}): ReactNode {
  if (state === "next" || state === "skipped" || !cohort) {
    if (phase.min_users <= 0) return null
    return <span>and {count(phase.min_users)} people in the new version</span>
  }
  const enough = cohort.treatment >= phase.min_users
  return (
    <>
      <div className={styles.row}>
        <span>New version</span>
        <strong>
          {count(cohort.treatment)}
          {state === "now" && !enough && ` of ${count(phase.min_users)}`} people
        </strong>
      </div>
      <div className={styles.row}>
        <span>Old version</span>
        <strong>{count(cohort.control)} people</strong>
      </div>
    </>
  )
}

interface GateProps {
  readonly phase: Phase
  readonly index: number
  readonly page: Rollout
  readonly last: boolean
}

function Gate({ phase, index, page, last }: GateProps): ReactNode {
  if (!phase.approval || last) return null
  const given = page.approvals.find((a) => a.phase === index)
  if (given) {
    return (
      <span className={styles.gate} title={`${given.reason}, ${fullTime(given.at)}`}>
        <IconLockOpen size={14} aria-hidden="true" /> {given.by} said yes
      </span>
    )
  }
  return (
    <span className={styles.gate}>
      <IconLock size={14} aria-hidden="true" /> Leaving it needs a person's yes
    </span>
  )
}
