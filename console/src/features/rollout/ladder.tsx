import { IconCheck, IconCircle, IconLock } from "@tabler/icons-react"
import type { ReactNode } from "react"
import type { Phase, Rollout, RolloutPage } from "../../lib/api.ts"
import { count, percent } from "../../lib/number.ts"
import { clockTime, fullTime, parseSpan, saySpan, soonTime } from "../../lib/time.ts"
import { Status } from "../../ui/status.tsx"
import { useNow } from "../../ui/when.tsx"
import { Cohorts } from "./cohorts.tsx"
import styles from "./ladder.module.css"
import { conditions, earliest, type Step, spentIn, stayed, stepOf } from "./phases.ts"

/** The phases as a line through time: what was, what is and what it waits for, what may come and when. */
export function Ladder({ page }: { readonly page: RolloutPage }): ReactNode {
  const now = useNow()
  return (
    <ol className={styles.ladder} aria-label="Phases">
      {page.plan.phases.map((phase, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a plan's phases never move
        <PhaseStep key={i} phase={phase} index={i} page={page} now={now} />
      ))}
    </ol>
  )
}

interface StepProps {
  readonly phase: Phase
  readonly index: number
  readonly page: RolloutPage
  readonly now: number
}

function PhaseStep({ phase, index, page, now }: StepProps): ReactNode {
  const step = stepOf(page, index)
  const dwell = parseSpan(phase.min_dwell) ?? 0
  const spent = spentIn(page, index, now)
  const passed =
    step === "now" && dwell > 0 ? Math.min(1, stayed(page, now) / dwell) : step === "next" ? 0 : 1
  const cohort = page.cohorts.find((c) => c.phase === index)
  return (
    <li
      className={styles.step}
      data-step={step}
      data-waits={page.state !== "running" || undefined}
      aria-current={step === "now" ? "step" : undefined}
    >
      <span className={styles.rail} aria-hidden="true">
        <span className={styles.dot}>{step === "done" && <IconCheck size={12} stroke={3} />}</span>
        <span className={styles.line}>
          <span style={{ ["--passed" as string]: passed }} />
        </span>
      </span>
      <div className={styles.body}>
        <div className={styles.top}>
          <span className={styles.percent}>{percent(phase.percent)}</span>
          <StepMark step={step} page={page} />
        </div>
        <span className={styles.name}>{phase.name}</span>
        {step === "next" ? (
          <Future phase={phase} index={index} page={page} now={now} />
        ) : (
          step !== "skipped" && (
            <>
              <Times page={page} index={index} spent={spent} />
              {cohort && (
                <Cohorts
                  treatment={cohort.treatment}
                  control={cohort.control}
                  planned={phase.percent}
                />
              )}
              {step === "now" && <Conditions page={page} now={now} />}
              {step !== "now" && <Said page={page} index={index} />}
            </>
          )
        )}
        {step === "skipped" && <span>Not reached</span>}
      </div>
    </li>
  )
}

function StepMark({ step, page }: { readonly step: Step; readonly page: Rollout }): ReactNode {
  if (step === "left") return <Status tone="harm">Rolled back</Status>
  if (step === "done") return <Status tone="safe">Done</Status>
  if (step !== "now") return null
  if (page.state === "held") return <Status tone="warn">Held</Status>
  if (page.state === "awaiting_approval") return <Status tone="warn">Needs a yes</Status>
  return <Status tone="live">Now</Status>
}

/** When a phase was in force, and for how long. */
function Times({
  page,
  index,
  spent,
}: {
  readonly page: Rollout
  readonly index: number
  readonly spent: number
}): ReactNode {
  const spans = page.spans.filter((s) => s.phase === index)
  const from = spans[0]?.from
  const to = spans.at(-1)?.to
  if (!from) return null
  return (
    <span title={`${fullTime(from)}${to ? ` to ${fullTime(to)}` : ""}`}>
      {to ? `${clockTime(from)} to ${clockTime(to)}, ` : `Since ${clockTime(from)}, `}
      <strong>{saySpan(spent)}</strong>
    </span>
  )
}

/** What the present phase waits for, with what is there of it. */
function Conditions({
  page,
  now,
}: {
  readonly page: RolloutPage
  readonly now: number
}): ReactNode {
  return (
    <ul className={styles.conditions} aria-label="What it takes to leave this phase">
      {conditions(page, now).map((c) => (
        <li key={c.what} data-met={c.met || undefined}>
          {c.met ? (
            <IconCheck size={14} aria-label="there" />
          ) : (
            <IconCircle size={14} aria-label="missing" />
          )}
          <span>{c.what}</span>
          <strong>{c.stands}</strong>
        </li>
      ))}
    </ul>
  )
}

/** Who said yes to leaving a phase that is over. */
function Said({ page, index }: { readonly page: Rollout; readonly index: number }): ReactNode {
  const given = page.approvals.find((a) => a.phase === index)
  return given ? (
    <span title={`${given.reason}, ${fullTime(given.at)}`}>{given.by} said yes</span>
  ) : null
}

/** When a phase to come begins. */
function begins(page: RolloutPage, index: number, now: number): string {
  const at = earliest(page, index)
  const following = index === page.phase + 1
  if (at === undefined) return "Nobody knows when"
  if (page.state === "draft") {
    return at === 0 ? "From the start on" : `${saySpan(at)} after the start at the earliest`
  }
  if (page.state === "awaiting_approval" && following) return "As soon as somebody says yes"
  if (page.next.lacking && following && at <= now) return "Once the checklist is green"
  return `Not before ${soonTime(new Date(Math.max(at, now)), now)}`
}

function Future({ phase, index, page, now }: StepProps): ReactNode {
  const dwell = parseSpan(phase.min_dwell) ?? 0
  const last = index === page.plan.phases.length - 1
  return (
    <>
      <span>{begins(page, index, now)}</span>
      <span>
        At least {saySpan(dwell)}
        {phase.min_users > 0 && ` and ${count(phase.min_users)} people`}
      </span>
      {phase.approval && !last && (
        <span className={styles.gate}>
          <IconLock size={14} aria-hidden="true" /> A person's yes ends it
        </span>
      )}
    </>
  )
}
