import { UnstyledButton } from "@mantine/core"
import { IconChevronRight } from "@tabler/icons-react"
import { type ReactNode, useId, useState } from "react"
import type { Guard, Line, RolloutPage } from "../../lib/api.ts"
import { Card } from "../../ui/card.tsx"
import { Status } from "../../ui/status.tsx"
import type { Tone } from "../../ui/tone.ts"
import { Culprits } from "./culprits.tsx"
import { sayEffect } from "./effect.ts"
import { GuardDetails } from "./guard-details.tsx"
import { EffectPlot, ProofScale } from "./guard-pictures.tsx"
import { guardGroups, guardWords } from "./guard-words.ts"
import styles from "./guards.module.css"
import {
  badgeOf,
  culpritsOf,
  guardName,
  harmShare,
  nearest,
  present,
  readingsOf,
  readingWords,
  suspicious,
} from "./readings.ts"
import { ended, shareNow } from "./words.ts"

interface GuardsCardProps {
  readonly page: RolloutPage
  readonly lines: readonly Line[]
}

/** Every guard of the plan: how near it is to harm and to safety, how large the difference is, and in words. */
export function GuardsCard({ page, lines }: GuardsCardProps): ReactNode {
  return (
    <Card title="Guards" note={sum(page)} flush>
      {guardGroups.map((group) => {
        const guards = page.plan.guards.filter((g) => group.kinds.includes(g.kind))
        return guards.length === 0 ? null : (
          <section key={group.name} aria-label={group.name}>
            <h3 className={styles.group}>{group.name}</h3>
            <ul className={styles.list}>
              {guards.map((g) => (
                <GuardRow key={`${g.kind} ${g.metric ?? ""}`} guard={g} page={page} lines={lines} />
              ))}
            </ul>
          </section>
        )
      })}
    </Card>
  )
}

/** "11 watch, 5 proven safe". */
function sum(page: RolloutPage): string {
  const all = page.plan.guards.length
  if (page.state === "discarded") return `${all}, never at work`
  if (ended(page)) return `${all}, as they stood at the end`
  if (page.state === "draft") return `${all}, from the first second on`
  const says = (status: string): number =>
    page.plan.guards.filter((g) => readingsOf(page, g).some((r) => r.status === status)).length
  const safe = says("safe")
  const harm = page.plan.guards.filter((g) => shown(page, g).harmful).length
  return [`${all} watch`, safe > 0 ? `${safe} proven safe` : "", harm > 0 ? `${harm} see harm` : ""]
    .filter((s) => s !== "")
    .join(", ")
}

interface Shown {
  readonly tone: Tone
  readonly text: string
  readonly harmful: boolean
}

/** What a guard says of everything that is still on. */
function shown(page: RolloutPage, guard: Guard): Shown {
  const lost = page.lost.map((l) => l.component)
  const readings = readingsOf(page, guard).filter((r) => !lost.includes(r.scope))
  const order = ["harmful", "broken"] as const
  const bad = order.find((s) => readings.some((r) => r.status === s))
  if (bad) return { ...readingWords[bad], harmful: bad === "harmful" }
  const worst = nearest(readings)
  if (worst && (harmShare(worst) ?? 0) >= suspicious) {
    return { tone: "warn", text: "Suspicious", harmful: false }
  }
  const whole = readings.find((r) => r.scope === "")
  if (guard.kind === "ingest" && whole) {
    return { tone: "safe", text: "In order", harmful: false }
  }
  if (page.state === "draft") return { tone: "idle", text: "Not started", harmful: false }
  if (!whole) return { tone: "idle", text: ended(page) ? "No data" : "No data yet", harmful: false }
  return { ...badgeOf(whole.status, ended(page)), harmful: false }
}

/** The share that people are split by, percent; undefined once it has ended. */
const planned = (page: RolloutPage): number | undefined =>
  ended(page) ? undefined : shareNow(page)

/** What is said of a guard that has read nothing. */
const silent = (page: RolloutPage, guard: Guard): string =>
  page.state === "draft" ? guardWords[guard.kind].watches : "Nothing was reported of it."

function GuardRow({ guard, page, lines }: GuardsCardProps & { readonly guard: Guard }): ReactNode {
  const says = shown(page, guard)
  const [open, setOpen] = useState<boolean>()
  const id = useId()
  const name = guardName(guard.kind, guard.metric)
  const on = present(page)
  const readings = readingsOf(page, guard).filter((r) => on.includes(r))
  const worst = nearest(readings)
  const whole = readings.find((r) => r.scope === "")
  const speaks =
    worst && says.tone !== "idle" && (says.harmful || says.tone === "warn") ? worst : whole
  const said = speaks ? sayEffect(speaks, planned(page)) : silent(page, guard)
  const isOpen = open ?? says.harmful
  const culprits = says.harmful ? culpritsOf(worst) : []
  return (
    <li className={styles.row} style={{ ["--tone" as string]: `var(--${says.tone})` }}>
      <UnstyledButton
        className={styles.head ?? ""}
        aria-expanded={isOpen}
        aria-controls={id}
        onClick={() => setOpen(!isOpen)}
      >
        <IconChevronRight
          size={16}
          className={styles.turn}
          data-open={isOpen || undefined}
          aria-hidden="true"
        />
        <span className={styles.name}>{name}</span>
        <span className={styles.status}>
          <Status tone={says.tone}>{says.text}</Status>
        </span>
      </UnstyledButton>
      <div className={styles.said}>
        {speaks?.scope && <strong>{speaks.scope}: </strong>}
        {said}
        {culprits.length > 0 && <Culprits of={culprits} />}
      </div>
      <div className={styles.pictures}>
        {speaks && <EffectPlot reading={speaks} said={said} />}
        {worst && guard.kind !== "ingest" && (
          <ProofScale
            worst={worst}
            whole={whole}
            proves={guard.kind === "sample_ratio" ? "unfair" : "harm"}
          />
        )}
      </div>
      <div id={id} hidden={!isOpen} className={styles.details}>
        {isOpen && <GuardDetails guard={guard} page={page} lines={lines} />}
      </div>
    </li>
  )
}
