import { IconCheck, IconX } from "@tabler/icons-react"
import type { ReactNode } from "react"
import type { ConditionTrace, RuleTrace } from "../../lib/api-segments.ts"
import styles from "./person.module.css"
import { round } from "./scale.tsx"

const joins = { ALL: "all of", ANY: "any of", NONE: "none of" } as const

/** The rules of a segment with what each condition met. */
export function AskedRules({ rules }: { readonly rules: readonly RuleTrace[] }): ReactNode {
  return (
    <ul className={styles.rules}>
      {rules.map((rule, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a trace never changes
        <li key={i}>
          <span className={styles.kind}>
            <Held held={rule.held} /> {joins[rule.type]}
          </span>
          {rule.conditions.length > 0 && (
            <ul className={styles.rules}>
              {rule.conditions.map((c, j) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: a trace never changes
                <Asked key={j} condition={c} />
              ))}
            </ul>
          )}
          {rule.rules.length > 0 && <AskedRules rules={rule.rules} />}
        </li>
      ))}
    </ul>
  )
}

function sayFound(c: ConditionTrace): string {
  if (c.bucket !== undefined) return `they fall at ${round(c.bucket)} %`
  return c.set ? `it is ${JSON.stringify(c.found)}` : "it is not known"
}

function Asked({ condition: c }: { readonly condition: ConditionTrace }): ReactNode {
  return (
    <li className={styles.asked}>
      <Held held={c.held} />
      <span>
        <code>{c.property || "identity"}</code> {c.operator.toLowerCase().replaceAll("_", " ")}{" "}
        {c.value !== "" && <code>{c.value}</code>}
        <span className={styles.found}>{sayFound(c)}</span>
      </span>
    </li>
  )
}

function Held({ held }: { readonly held: boolean }): ReactNode {
  return (
    <span className={styles.held} data-held={held}>
      {held ? <IconCheck size={14} aria-hidden="true" /> : <IconX size={14} aria-hidden="true" />}
      <span className={styles.hidden}>{held ? "holds:" : "does not hold:"}</span>
    </span>
  )
}
