import { Badge } from "@mantine/core"
import { Link } from "@tanstack/react-router"
import type { ReactNode } from "react"
import type { IssueSummary } from "../../lib/api.ts"
import { count } from "../../lib/number.ts"
import { Sparkline } from "../../ui/sparkline.tsx"
import { Status } from "../../ui/status.tsx"
import { When } from "../../ui/when.tsx"
import styles from "./issue.module.css"
import { originOf, sayVariants } from "./words.ts"

/** One group of like errors as lists show it. */
export function IssueRow({
  issue,
  env,
}: {
  readonly issue: IssueSummary
  readonly env: string
}): ReactNode {
  const variants = sayVariants(issue.by_variant)
  const events = issue.minutes.reduce((a, b) => a + b, 0)
  return (
    <Link
      to="/$env/errors/$fingerprint"
      params={{ env, fingerprint: issue.fingerprint }}
      className={styles.row}
    >
      <div className={styles.about}>
        <div className={styles.title}>{issue.title}</div>
        <div className={styles.facts}>
          {issue.new && <Fresh issue={issue} />}
          {issue.component && (
            <Badge variant="default" size="sm" radius="sm" tt="none">
              {issue.component}
            </Badge>
          )}
          {variants && <span>{variants}</span>}
          {issue.page && <span>{issue.page}</span>}
          <span>
            last <When at={issue.last_at} />
          </span>
        </div>
      </div>
      <div className={styles.spark} title="Events a minute, the last 30 minutes">
        <Sparkline
          values={issue.minutes}
          height={30}
          tone="harm"
          label={`${count(events)} events in the last ${issue.minutes.length} minutes`}
        />
      </div>
      <div className={styles.number}>
        {count(issue.users)}
        <span>people</span>
      </div>
      <div className={styles.number}>
        {count(issue.events)}
        <span>events</span>
      </div>
    </Link>
  )
}

/** Marks an error that nobody met before the rollout: alarming where it is mostly the new version's, else a coincidence. */
export function Fresh({ issue }: { readonly issue: IssueSummary }): ReactNode {
  switch (originOf(issue.by_variant)) {
    case "new":
      return <Status tone="harm">New in this rollout</Status>
    case "both":
      return <Status tone="idle">New, on both versions</Status>
    case "elsewhere":
      return <Status tone="idle">New, not from this rollout</Status>
  }
}
