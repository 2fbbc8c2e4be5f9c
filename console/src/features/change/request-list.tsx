import { Button } from "@mantine/core"
import { IconCalendarTime, IconGitPullRequest } from "@tabler/icons-react"
import { useQuery } from "@tanstack/react-query"
import { Link } from "@tanstack/react-router"
import { type ReactNode, useState } from "react"
import type { ChangeRequest } from "../../lib/api-changes.ts"
import { session } from "../../lib/queries.ts"
import { changes, waitsFor } from "../../lib/queries-changes.ts"
import { Card } from "../../ui/card.tsx"
import { Page } from "../../ui/page.tsx"
import { Empty, Loaded } from "../../ui/states.tsx"
import { Status } from "../../ui/status.tsx"
import { When } from "../../ui/when.tsx"
import styles from "./change.module.css"
import { PlanDialog } from "./plan-dialog.tsx"
import { isOpen, sayNext, states, upper } from "./request-words.ts"

/** What waits for somebody, what has a time, and what became of the rest. */
export function RequestList({ env }: { readonly env: string }): ReactNode {
  const query = useQuery(changes(env))
  const who = useQuery(session()).data
  const [planning, setPlanning] = useState(false)
  const plan = who && who.role !== "viewer" && (
    <Button leftSection={<IconCalendarTime size={17} />} onClick={() => setPlanning(true)}>
      Plan a change
    </Button>
  )
  return (
    <Page
      title="Changes"
      lead="Changes that are not made yet: they wait for somebody’s approval, or for their time."
      actions={plan}
    >
      <Loaded query={query} bones={[160, 240]}>
        {(all) => {
          const mine = all.filter((r) => waitsFor(r, who))
          const open = all.filter((r) => isOpen(r) && !mine.includes(r))
          const closed = all.filter((r) => !isOpen(r))
          return (
            <>
              {all.length === 0 && (
                <Card flush>
                  <Empty
                    icon={<IconGitPullRequest size={24} />}
                    title="Nothing waits"
                    action={plan}
                  >
                    Where an environment asks for approvals, every change but switching off comes
                    here first. Changes with a time wait here too.
                  </Empty>
                </Card>
              )}
              <Group env={env} title="Waits for you" requests={mine} />
              <Group env={env} title="Waits for others or its time" requests={open} />
              <Group env={env} title="History" requests={closed} />
            </>
          )
        }}
      </Loaded>
      <PlanDialog env={env} opened={planning} close={() => setPlanning(false)} />
    </Page>
  )
}

interface GroupProps {
  readonly env: string
  readonly title: string
  readonly requests: readonly ChangeRequest[]
}

function Group({ env, title, requests }: GroupProps): ReactNode {
  if (requests.length === 0) return null
  return (
    <Card title={title} note={String(requests.length)} flush>
      <ul className={styles.list}>
        {requests.map((r) => (
          <Row key={r.id} env={env} request={r} />
        ))}
      </ul>
    </Card>
  )
}

function Row({
  env,
  request: r,
}: {
  readonly env: string
  readonly request: ChangeRequest
}): ReactNode {
  const { tone, text } = states[r.state]
  const next = isOpen(r) ? sayNext(r.steps) : undefined
  return (
    <li className={styles.request}>
      <div>
        <Link to="/$env/changes/$id" params={{ env, id: r.id }} className={styles.what}>
          {upper(r.title)}
        </Link>
        <div className={styles.reason}>
          {r.by.name}: {r.reason}
        </div>
        {next && <div className={styles.reason}>At {next}</div>}
        {r.why && <div className={styles.reason}>{r.why}</div>}
      </div>
      <div className={styles.when}>
        <Status tone={tone}>{text}</Status>
        <div>
          {r.needed > 0 && isOpen(r) && `${r.approvals.length} of ${r.needed} approvals, `}
          <When at={r.closed_at ?? r.created_at} />
        </div>
      </div>
    </li>
  )
}
