import { Link } from "@tanstack/react-router"
import type { ReactNode } from "react"
import type { FlagAround, FlagPage } from "../../lib/api-flags.ts"
import { percent } from "../../lib/number.ts"
import { Card } from "../../ui/card.tsx"
import { When } from "../../ui/when.tsx"
import styles from "./flag-page.module.css"

/** What a flag hangs on, what hangs on it, and where to look further. */
export function AroundCard({
  env,
  page,
}: {
  readonly env: string
  readonly page: FlagPage
}): ReactNode {
  const { flag, rollout, stale } = page
  return (
    <Card title="Around it">
      <dl className={styles.facts}>
        <dt>Kind</dt>
        <dd>
          {flag.type}, number {flag.number}
        </dd>
        <dt>Changed</dt>
        <dd>
          <When at={flag.updated_at} />, version {flag.version}
        </dd>
        <dt>Last used</dt>
        <dd>{page.last_used_at ? <When at={page.last_used_at} /> : "no client has said so"}</dd>
        {rollout && (
          <>
            <dt>Rollout</dt>
            <dd>
              <Link to="/$env/rollouts/$id" params={{ env, id: rollout.id }}>
                {rollout.name}
              </Link>{" "}
              ({rollout.state.replaceAll("_", " ")}
              {rollout.holds && "; it decides for how many the flag is on"})
            </dd>
          </>
        )}
        <Neighbours title="Below" env={env} flags={page.ancestors} />
        <Neighbours title="Above" env={env} flags={page.children} />
        <Neighbours title="Asked by its segments" env={env} flags={page.prerequisites} />
        {page.dependents.length > 0 && (
          <>
            <dt>Segments that ask for it</dt>
            <dd>{page.dependents.join(", ")}</dd>
          </>
        )}
        {stale && (
          <>
            <dt>May have done its work</dt>
            <dd>
              {stale.reasons.map((r) => r.text).join(" ")} {stale.advice}
            </dd>
          </>
        )}
      </dl>
      <div className={styles.links}>
        <Link to="/$env/why" params={{ env }} search={{ flag: flag.key }}>
          Why does somebody get it?
        </Link>
        <Link to="/$env/audit" params={{ env }} search={{ subject: flag.key }}>
          History
        </Link>
      </div>
    </Card>
  )
}

function Neighbours({
  title,
  env,
  flags,
}: {
  readonly title: string
  readonly env: string
  readonly flags: readonly FlagAround[]
}): ReactNode {
  if (flags.length === 0) return null
  return (
    <>
      <dt>{title}</dt>
      <dd>
        {flags.map((f, at) => (
          <span key={f.key}>
            {at > 0 && ", "}
            <Link to="/$env/flags/$key" params={{ env, key: f.key }}>
              {f.key}
            </Link>{" "}
            ({f.enabled ? (f.percent === undefined ? "on" : `on for ${percent(f.percent)}`) : "off"}
            )
          </span>
        ))}
      </dd>
    </>
  )
}
