import type { ReactElement, ReactNode } from "react"
import "./stepper.css"
import { Icon } from "./icon.tsx"

export interface Step {
  readonly key: string
  readonly label: string
  readonly state: "done" | "current" | "upcoming"
  /** When and by whom it was reached. */
  readonly detail?: ReactNode
}

/** Where something stands on a way that is known beforehand. */
export function Stepper({
  label,
  steps,
}: {
  readonly label: string
  readonly steps: readonly Step[]
}): ReactElement {
  return (
    <ol className="s2-stepper" aria-label={label}>
      {steps.map((step, index) => (
        <li
          key={step.key}
          data-state={step.state}
          aria-current={step.state === "current" ? "step" : undefined}
        >
          <span className="s2-stepper-mark" aria-hidden="true">
            {step.state === "done" ? <Icon name="check" size={16} /> : index + 1}
          </span>
          <span className="s2-stepper-words">
            <span className="s2-stepper-label">
              {step.label}
              {step.state === "done" && <span className="s2-hidden"> (done)</span>}
            </span>
            {step.detail && <span className="s2-stepper-detail">{step.detail}</span>}
          </span>
        </li>
      ))}
    </ol>
  )
}
