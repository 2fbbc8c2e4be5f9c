import type { ReactElement } from "react"
import type { Severity } from "../api/wire.ts"
import { severities, severityLabels } from "../flows/ncr/model.ts"
import "./severity-matrix.css"
import { severityTones } from "./ncr-words.tsx"

/** What a severity means on site and what follows from it. */
interface Consequence {
  readonly means: string
  readonly answer: string
  readonly work: string
}

const consequences: Readonly<Record<Severity, Consequence>> = {
  minor: {
    means: "Within what can be put right by the trade, nothing is covered up",
    answer: "Answer in 5 working days",
    work: "Work goes on",
  },
  major: {
    means: "Strength, durability or function may suffer, or the fix needs a design answer",
    answer: "Answer in 2 working days",
    work: "Work stops at this place",
  },
  critical: {
    means: "Danger to people, or a load-bearing part cannot be relied on",
    answer: "Answer today",
    work: "Work stops around it, the engineer is called",
  },
}

/** Keys of an earlier edition of the matrix, which the deliberate fault still looks up. */
const earlierKeys: Readonly<Record<Severity, string>> = {
  minor: "category-3",
  major: "category-2",
  critical: "category-1",
}

/**
 * The row of a severity. `faulty` is the demo's deliberate bug, of the kind that follows a renaming: the matrix is asked
 * by its former keys, so that the row is undefined and the first read of it throws.
 */
function consequenceOf(severity: Severity, faulty: boolean): Consequence {
  const matrix = consequences as Readonly<Record<string, Consequence>>
  return matrix[faulty ? earlierKeys[severity] : severity] as Consequence
}

/** Beside the form: what each choice would set in motion. */
export function SeverityMatrix({
  severity,
  faulty,
}: {
  readonly severity: Severity | ""
  readonly faulty: boolean
}): ReactElement {
  return (
    <section className="s2-matrix">
      <h2>What each severity sets in motion</h2>
      <ul>
        {severities.map((one) => {
          const { means, answer, work } = consequenceOf(one, faulty)
          return (
            <li
              key={one}
              data-tone={severityTones[one]}
              data-chosen={one === severity || undefined}
            >
              <strong>{severityLabels[one]}</strong>
              <p>{means}</p>
              <p className="s2-matrix-follows">
                {answer} · {work}
              </p>
            </li>
          )
        })}
      </ul>
    </section>
  )
}
