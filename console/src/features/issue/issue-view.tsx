import { useQuery } from "@tanstack/react-query"
import type { ReactNode } from "react"
import type { Issue } from "../../lib/api.ts"
import { count, people, share } from "../../lib/number.ts"
import { issue } from "../../lib/queries.ts"
import { Card } from "../../ui/card.tsx"
import { Page } from "../../ui/page.tsx"
import { Sparkline } from "../../ui/sparkline.tsx"
import { Loaded } from "../../ui/states.tsx"
import { When } from "../../ui/when.tsx"
import styles from "./issue.module.css"
import { Fresh } from "./issue-row.tsx"
import { variantName } from "./words.ts"

interface IssueViewProps {
  readonly env: string
  readonly fingerprint: string
}

/** One group of like errors: whom it meets, where, and an example. */
export function IssueView({ env, fingerprint }: IssueViewProps): ReactNode {
  const query = useQuery(issue(env, fingerprint))
  const found = query.data
  return (
    <Page
      title={found?.title ?? "Error"}
      mark={found?.new && <Fresh issue={found} />}
      lead={
        found && (
          <>
            {people(found.users)} met it {count(found.events)} times. First{" "}
            <When at={found.first_at} />, last <When at={found.last_at} />.
            {found.component && ` Component ${found.component}.`} Seen by {found.source}.
          </>
        )
      }
      back={{ to: `/${env}/errors`, label: "Errors" }}
    >
      <Loaded query={query} bones={[110, 300, 160]}>
        {(i) => <Shown issue={i} />}
      </Loaded>
    </Page>
  )
}

function Shown({ issue: i }: { readonly issue: Issue }): ReactNode {
  const events = i.minutes.reduce((a, b) => a + b, 0)
  return (
    <>
      <div className={styles.three}>
        <Card title="By version" note={people(i.users)}>
          <Bars of={i.by_variant} name={variantName} harmful />
        </Card>
        <Card title="Last 30 minutes" note={`${count(events)} events`}>
          <Sparkline
            values={i.minutes}
            height={64}
            tone="harm"
            label={`${count(events)} events in the last ${i.minutes.length} minutes`}
          />
        </Card>
      </div>
      <Card title="Stack" note="of the newest example">
        {i.stack ? (
          // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
          <pre className={styles.stack} tabIndex={0}>
            {i.stack}
          </pre>
        ) : (
          "The browser gave no stack for this error."
        )}
      </Card>
      <div className={styles.three}>
        <Card title="Browsers">
          <Bars of={i.browsers} name={(k) => k || "unknown"} />
        </Card>
        <Card title="Pages">
          <Bars of={i.pages} name={(k) => k || "unknown"} />
        </Card>
        <Card title="Versions of the app">
          {i.releases.length > 0 ? i.releases.join(", ") : "The app does not say its version."}
        </Card>
      </div>
    </>
  )
}

interface BarsProps {
  readonly of: Readonly<Record<string, number>>
  readonly name: (key: string) => string
  readonly harmful?: boolean
}

function Bars({ of, name, harmful }: BarsProps): ReactNode {
  const all = Object.entries(of).sort(([, a], [, b]) => b - a)
  const total = all.reduce((sum, [, n]) => sum + n, 0)
  const top = Math.max(1, ...all.map(([, n]) => n))
  if (all.length === 0) return "Nothing was recorded."
  return (
    <dl className={styles.bars}>
      {all.map(([key, n]) => (
        <Bar
          key={key}
          name={name(key)}
          width={n / top}
          text={`${count(n)} (${share(n, total)})`}
          tone={harmful && name(key) === "new version" ? "harm" : "live"}
        />
      ))}
    </dl>
  )
}

interface BarProps {
  readonly name: string
  /** 0 to 1. */
  readonly width: number
  readonly text: string
  readonly tone: "harm" | "live"
}

function Bar({ name, width, text, tone }: BarProps): ReactNode {
  return (
    <>
      <dt>{name}</dt>
      <dd aria-hidden="true">
        <span className={styles.bar} data-tone={tone} style={{ width: `${width * 100}%` }} />
      </dd>
      <dd>{text}</dd>
    </>
  )
}
