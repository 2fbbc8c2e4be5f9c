import { Button } from "@mantine/core"
import { IconAlertTriangle, IconInfoCircle } from "@tabler/icons-react"
import type { ReactNode } from "react"
import type { Condition, Finding } from "../../lib/api-segments.ts"
import styles from "./segment.module.css"

interface FindingsProps {
  readonly findings: readonly Finding[]
  /** Takes the form on which clients agree; without it nothing is offered. */
  readonly take?: (form: Condition) => void
}

/** What clients that evaluate by themselves decide otherwise: those that are current first and louder. */
export function Findings({ findings, take }: FindingsProps): ReactNode {
  if (findings.length === 0) return null
  const sorted = findings.toSorted((a, b) => Number(a.old) - Number(b.old))
  return (
    <ul className={styles.findings}>
      {sorted.map((f) => (
        <li key={`${f.path} ${f.problem}`} className={styles.finding} data-old={f.old || undefined}>
          {f.old ? (
            <IconInfoCircle size={15} aria-hidden="true" />
          ) : (
            <IconAlertTriangle size={15} aria-hidden="true" />
          )}
          <span>
            <strong>{f.clients.length > 0 ? `${f.clients.join(", ")}: ` : "Note: "}</strong>
            {f.problem}.
          </span>
          {f.form && take && (
            <Button
              size="compact-xs"
              variant="light"
              color={f.old ? "gray" : "warn"}
              classNames={{ root: styles.form ?? "", label: styles.formLabel ?? "" }}
              onClick={() => f.form && take(f.form)}
            >
              <span>Use {sayForm(f.form)}</span>
            </Button>
          )}
        </li>
      ))}
    </ul>
  )
}

/** The part of a condition that the agreeing form changes. */
function sayForm(form: Condition): ReactNode {
  const text = form.operator === "PERCENTAGE_SPLIT" ? form.property : form.value
  return <code>{text}</code>
}
