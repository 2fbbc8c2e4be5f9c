import { IconHourglass } from "@tabler/icons-react"
import { Link } from "@tanstack/react-router"
import type { ReactNode } from "react"
import type { RolloutPage } from "../../lib/api.ts"
import { fullTime, saySpan } from "../../lib/time.ts"
import { Status } from "../../ui/status.tsx"
import { useNow, When } from "../../ui/when.tsx"
import { type Answer, standing, stopped } from "./standing.ts"
import styles from "./where.module.css"
import { ended, sentence } from "./words.ts"

/** Where it stands: the first thing anybody reads, with the three questions of somebody who was just woken. */
export function WherePanel({
  page,
  env,
}: {
  readonly page: RolloutPage
  readonly env: string
}): ReactNode {
  const now = useNow()
  const says = standing(page, now)
  const waiting = ended(page) ? [] : page.next.waiting
  return (
    <section
      className={styles.panel}
      style={{ ["--tone" as string]: `var(--${says.tone})` }}
      aria-label="Where it stands"
      aria-live="polite"
    >
      <div className={styles.head}>
        <div>
          <p className={styles.title}>{says.title}</p>
          {says.next && <p className={styles.text}>{says.next}</p>}
        </div>
        {page.next.not_before && page.state === "running" && !stopped(page) && (
          <NotBefore at={page.next.not_before} now={now} />
        )}
      </div>
      <dl className={styles.answers}>
        <Asked question="Is anyone harmed now?" answer={says.harmed} />
        <Asked question={says.asked} answer={says.did} />
        <Asked question="Do I have to do anything?" answer={says.todo}>
          {page.incident && (
            <Link to="/$env/incidents/$id" params={{ env, id: page.incident }}>
              Open the incident
            </Link>
          )}
        </Asked>
      </dl>
      {waiting.length > 0 && (
        <div className={styles.missing}>
          <span>Before it goes on:</span>
          <ul aria-label="What is still missing">
            {waiting.map((what) => (
              <li key={what}>
                <IconHourglass size={14} aria-hidden="true" />
                {sentence(what)}
              </li>
            ))}
          </ul>
        </div>
      )}
      {!ended(page) && page.state !== "draft" && (
        <div className={styles.health}>
          <Status tone={page.health.ok ? "safe" : "warn"}>
            {page.health.ok ? "Data arrives" : "Data is missing"}
          </Status>
          <span>
            {page.health.text}
            {page.health.last_event_at && (
              <>
                {" "}
                Newest event: <When at={page.health.last_event_at} />.
              </>
            )}
          </span>
        </div>
      )}
    </section>
  )
}

interface AskedProps {
  readonly question: string
  readonly answer: Answer
  readonly children?: ReactNode
}

function Asked({ question, answer, children }: AskedProps): ReactNode {
  return (
    <div
      className={styles.answer}
      style={{
        ["--words" as string]: `var(--${answer.tone}-text)`,
        ["--edge" as string]: `var(--${answer.tone})`,
      }}
    >
      <dt>{question}</dt>
      <dd>
        <strong>{answer.short}</strong>
        <span>{answer.text}</span>
        {children}
      </dd>
    </div>
  )
}

function NotBefore({ at, now }: { readonly at: string; readonly now: number }): ReactNode {
  const left = new Date(at).getTime() - now
  if (left <= 0) return null
  return (
    <div className={styles.clock} title={fullTime(at)}>
      Not before
      <span className={styles.left}>in {saySpan(left)}</span>
    </div>
  )
}
