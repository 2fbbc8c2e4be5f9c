import { IconHourglass } from "@tabler/icons-react"
import { Link } from "@tanstack/react-router"
import type { ReactNode } from "react"
import type { RolloutPage } from "../../lib/api.ts"
import { fullTime, saySpan } from "../../lib/time.ts"
import { Status } from "../../ui/status.tsx"
import { useNow, When } from "../../ui/when.tsx"
import styles from "./headline.module.css"
import { ended, headline, sayLost, sentence } from "./words.ts"

/** What is the case and what Belay will do next: the first thing anybody reads. */
export function HeadlinePanel({
  page,
  env,
}: {
  readonly page: RolloutPage
  readonly env: string
}): ReactNode {
  const says = headline(page, page.next.text)
  const lost = sayLost(page)
  const waiting = ended(page) ? [] : page.next.waiting
  return (
    <section
      className={styles.panel}
      style={{ ["--tone" as string]: `var(--${says.tone})` }}
      aria-label="Where it stands"
      aria-live="polite"
    >
      <div>
        <p className={styles.title}>{says.title}</p>
        {says.text && <p className={styles.text}>{says.text}</p>}
        {lost && (
          <p className={styles.lost}>
            {lost}
            {page.incident && (
              <Link to="/$env/incidents/$id" params={{ env, id: page.incident }}>
                Open the incident
              </Link>
            )}
          </p>
        )}
        {!lost && page.incident && (
          <p className={styles.lost}>
            An incident was opened.
            <Link to="/$env/incidents/$id" params={{ env, id: page.incident }}>
              Open the incident
            </Link>
          </p>
        )}
        {waiting.length > 0 && (
          <ul className={styles.waiting} aria-label="What is still missing">
            {waiting.map((what) => (
              <li key={what}>
                <IconHourglass size={14} aria-hidden="true" />
                {sentence(what)}
              </li>
            ))}
          </ul>
        )}
      </div>
      {page.next.not_before && !ended(page) && <NotBefore at={page.next.not_before} />}
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

function NotBefore({ at }: { readonly at: string }): ReactNode {
  const left = new Date(at).getTime() - useNow()
  if (left <= 0) return null
  return (
    <div className={styles.clock} title={fullTime(at)}>
      Not before
      <span className={styles.left}>in {saySpan(left)}</span>
    </div>
  )
}
