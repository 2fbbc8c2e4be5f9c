import { IconArrowDown, IconCircleCheckFilled, IconCircleDashed } from "@tabler/icons-react"
import { Link } from "@tanstack/react-router"
import type { ReactNode } from "react"
import type { Step } from "../../lib/api-segments.ts"
import { AskedRules } from "./asked-rules.tsx"
import styles from "./person.module.css"
import { Scale } from "./scale.tsx"
import { stateOf, stepTitle } from "./words.ts"

const outcomes = {
  decided: { label: "decided", icon: IconCircleCheckFilled },
  passed: { label: "passed over", icon: IconArrowDown },
  skipped: { label: "not asked", icon: IconCircleDashed },
} as const

interface TracePathProps {
  readonly env: string
  readonly steps: readonly Step[]
}

/** The way a flag is decided, from the first place that is asked to the one that decided; the rest is faint. */
export function TracePath({ env, steps }: TracePathProps): ReactNode {
  return (
    <ol className={styles.path}>
      {steps.map((step) => (
        <StepView key={`${step.kind} ${step.subject ?? ""}`} env={env} step={step} />
      ))}
    </ol>
  )
}

interface StepProps {
  readonly env: string
  readonly step: Step
}

function StepView({ env, step }: StepProps): ReactNode {
  const { label, icon: Icon } = outcomes[step.outcome]
  return (
    <li className={styles.step} data-outcome={step.outcome}>
      <span className={styles.dot}>
        <Icon size={18} aria-hidden="true" />
      </span>
      <div className={styles.about}>
        <div className={styles.head}>
          <strong>{stepTitle(step)}</strong>
          <span className={styles.outcome}>{label}</span>
          {step.outcome === "decided" && (
            <span className={styles.gives}>{stateOf(step.enabled, step.value)}</span>
          )}
          <Away env={env} step={step} />
        </div>
        {step.outcome !== "skipped" && <What step={step} />}
        {step.inner && step.inner.length > 0 && (
          <details className={styles.inner} open={step.outcome === "decided"}>
            <summary>Why {step.subject} is what it is</summary>
            <TracePath env={env} steps={step.inner} />
          </details>
        )}
      </div>
    </li>
  )
}

/** Leads to what the step is about. */
function Away({ env, step: { kind, subject } }: StepProps): ReactNode {
  if (!subject) return null
  if (kind === "segment") {
    return (
      <Link to="/$env/segments/$key" params={{ env, key: subject }}>
        Open<span className={styles.hidden}> the segment {subject}</span>
      </Link>
    )
  }
  if (kind === "split") {
    return (
      <Link to="/$env/rollouts/$id" params={{ env, id: subject }}>
        Rollout
      </Link>
    )
  }
  return null
}

function What({ step }: { readonly step: Step }): ReactNode {
  return (
    <>
      <p className={styles.text}>{step.text}</p>
      {step.bucket !== undefined && <Scale step={step} bucket={step.bucket} />}
      {step.rules && step.rules.length > 0 && <AskedRules rules={step.rules} />}
    </>
  )
}
