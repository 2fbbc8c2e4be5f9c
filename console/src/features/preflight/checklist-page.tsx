import { Button } from "@mantine/core"
import { useQuery, useQueryClient } from "@tanstack/react-query"
import { type ReactNode, useState } from "react"
import type { ChecklistOverview } from "../../lib/api-preflight.ts"
import { call } from "../../lib/http.ts"
import { invalidate, session } from "../../lib/queries.ts"
import { checklist } from "../../lib/queries-preflight.ts"
import { Card } from "../../ui/card.tsx"
import { Columns } from "../../ui/columns.tsx"
import { Page } from "../../ui/page.tsx"
import { type Ask, ReasonDialog } from "../../ui/reason-dialog.tsx"
import { Empty, Loaded } from "../../ui/states.tsx"
import { Status } from "../../ui/status.tsx"
import { When } from "../../ui/when.tsx"
import { LineList } from "./line-list.tsx"
import { OnCallCard } from "./on-call-card.tsx"
import styles from "./preflight.module.css"
import { RecordsCard } from "./records-card.tsx"
import { terms } from "./words.ts"

/** What an environment asks for before every phase of its rollouts, and what was recorded. */
export function ChecklistPage({ env }: { readonly env: string }): ReactNode {
  const query = useQuery(checklist(env))
  const viewer = useQuery(session()).data?.role === "viewer"
  return (
    <Page
      title="Checklist"
      lead="Before a rollout starts, and before each phase it grows into, these have to be so. Rolling back asks nobody."
    >
      <Loaded query={query} bones={[280, 220, 220]}>
        {(o) => <Shown env={env} overview={o} viewer={viewer} />}
      </Loaded>
    </Page>
  )
}

interface ShownProps {
  readonly env: string
  readonly overview: ChecklistOverview
  readonly viewer: boolean
}

function Shown({ env, overview: o, viewer }: ShownProps): ReactNode {
  return (
    <>
      <AskedCard env={env} overview={o} viewer={viewer} />
      <Columns aside="half">
        <Card title="As it stands now" note="without what is about one rollout" flush>
          {o.report.lines.length > 0 ? (
            <LineList lines={o.report.lines} />
          ) : (
            <Empty icon={null} title="Nothing to see here" small>
              Everything that is asked is about one rollout; its page shows it.
            </Empty>
          )}
        </Card>
        <div className={styles.fields}>
          <OnCallCard key={o.on_call.who} env={env} onCall={o.on_call} viewer={viewer} />
          <RecordsCard env={env} records={o.records} viewer={viewer} />
          <ChecksCard overview={o} />
        </div>
      </Columns>
    </>
  )
}

const templateWords: Readonly<Record<string, string>> = {
  default: "Only the flags are required, the rest is advice.",
  production: "Everything is required.",
}

function AskedCard({ env, overview: o, viewer }: ShownProps): ReactNode {
  const client = useQueryClient()
  const [ask, setAsk] = useState<Ask>()
  const use = (template: string): Ask => ({
    title: `Ask for what the template ${template} asks?`,
    says: `${templateWords[template] ?? ""} It replaces the checklist of this environment, also for rollouts under way.`,
    confirm: `Use ${template}`,
    reasons: template === "production" ? ["People depend on it now"] : ["Nothing is live here yet"],
    act: async (reason) => {
      await call("PUT", `/environments/${encodeURIComponent(env)}/checklist`, { template, reason })
      await invalidate(client, env, "rollouts")
    },
  })
  return (
    <>
      <Card
        title="What is asked"
        note={
          o.checklist.template ? `template ${o.checklist.template}` : "written for this environment"
        }
        side={
          !viewer &&
          o.templates
            .filter((t) => t.template !== o.checklist.template)
            .map((t) => (
              <Button
                key={t.template}
                size="compact-sm"
                variant="default"
                onClick={() => setAsk(use(t.template))}
              >
                Use {t.template}
              </Button>
            ))
        }
        flush
      >
        {o.checklist.items.length === 0 ? (
          <Empty icon={null} title="Nothing is asked" small>
            Rollouts of this environment start and grow whatever else is so.
          </Empty>
        ) : (
          <ul className={styles.list}>
            {o.checklist.items.map((i) => (
              <li key={i.key} className={styles.line}>
                <Status tone={i.required ? "live" : "idle"}>
                  {i.required ? "Required" : "Advice"}
                </Status>
                <div className={styles.what}>
                  <span className={styles.title}>{i.title}</span>
                  <p className={styles.quiet}>
                    <code>{i.key}</code> {terms(i)}
                  </p>
                </div>
              </li>
            ))}
          </ul>
        )}
      </Card>
      <ReasonDialog ask={ask} close={() => setAsk(undefined)} />
    </>
  )
}

function ChecksCard({ overview: o }: { readonly overview: ChecklistOverview }): ReactNode {
  return (
    <Card title="Checks of CI" note={o.release && `of ${o.release}`} flush>
      {o.checks.length === 0 ? (
        <Empty icon={null} title="CI has reported nothing yet" small>
          <code>belay checklist check e2e green --release 2.4.1</code> at the end of a run tells
          Belay.
        </Empty>
      ) : (
        <ul className={styles.list}>
          {o.checks.map((c) => (
            <li key={c.name} className={styles.line}>
              <Status tone={c.passed ? "safe" : "harm"}>{c.passed ? "Green" : "Red"}</Status>
              <div className={styles.what}>
                <span className={styles.title}>
                  {c.url ? <a href={c.url}>{c.name}</a> : c.name}
                </span>
                <p className={styles.quiet}>
                  {c.by}, <When at={c.at} />
                </p>
              </div>
            </li>
          ))}
        </ul>
      )}
    </Card>
  )
}
