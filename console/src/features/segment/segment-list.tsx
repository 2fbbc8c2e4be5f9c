import { Button, TextInput } from "@mantine/core"
import { IconPlus, IconSearch, IconUsersGroup } from "@tabler/icons-react"
import { useQuery } from "@tanstack/react-query"
import { Link } from "@tanstack/react-router"
import { type ReactNode, useState } from "react"
import type { Segment } from "../../lib/api-segments.ts"
import { session } from "../../lib/queries.ts"
import { segments } from "../../lib/queries-segments.ts"
import { Card } from "../../ui/card.tsx"
import { Page } from "../../ui/page.tsx"
import { Empty, Loaded } from "../../ui/states.tsx"
import { Status } from "../../ui/status.tsx"
import { When } from "../../ui/when.tsx"
import styles from "./segment.module.css"

/** Every segment: who is in by its rules, and which flags use it. */
export function SegmentList({ env }: { readonly env: string }): ReactNode {
  const query = useQuery(segments(env))
  const viewer = useQuery(session()).data?.role === "viewer"
  const [find, setFind] = useState("")
  const add = !viewer && (
    <Button
      leftSection={<IconPlus size={17} />}
      renderRoot={(props) => <Link to="/$env/segments/new" params={{ env }} {...props} />}
    >
      New segment
    </Button>
  )
  return (
    <Page
      title="Segments"
      lead="Groups of people by what is known of them. A flag can have another state for a segment."
      actions={add}
    >
      <TextInput
        aria-label="Find a segment"
        placeholder="Find by key, description or rule"
        leftSection={<IconSearch size={16} />}
        value={find}
        onChange={(e) => setFind(e.currentTarget.value)}
        maw={420}
      />
      <Loaded query={query} bones={[320]}>
        {(all) => {
          const shown = all.filter((s) => matches(s, find))
          return (
            <Card flush>
              {all.length === 0 && (
                <Empty icon={<IconUsersGroup size={24} />} title="No segments yet" action={add}>
                  A segment names people such as “plan is pro, or country is one of at, ch”.
                </Empty>
              )}
              {all.length > 0 && shown.length === 0 && (
                <Empty icon={<IconSearch size={24} />} title="No segment matches">
                  Nothing has “{find}” in its key, description or rules.
                </Empty>
              )}
              <ul className={styles.list}>
                {shown.map((s) => (
                  <Row key={s.key} env={env} segment={s} />
                ))}
              </ul>
            </Card>
          )
        }}
      </Loaded>
    </Page>
  )
}

function Row({ env, segment }: { readonly env: string; readonly segment: Segment }): ReactNode {
  const differ = segment.findings.filter((f) => !f.old).length
  return (
    <li className={styles.row}>
      <div className={styles.rowMain}>
        <div className={styles.top}>
          <Link
            to="/$env/segments/$key"
            params={{ env, key: segment.key }}
            className={styles.key ?? ""}
          >
            {segment.key}
          </Link>
          {differ > 0 && (
            <Status tone="warn">
              {differ === 1 ? "1 place" : `${differ} places`} where clients differ
            </Status>
          )}
        </div>
        <div className={styles.say}>{segment.sentence}</div>
        {segment.description && <div className={styles.quiet}>{segment.description}</div>}
      </div>
      <div className={styles.rowUse}>
        {segment.users.length === 0 ? (
          <span className={styles.quiet}>no flag uses it</span>
        ) : (
          segment.users.map((u) => (
            <Link key={u.flag} to="/$env/flags" params={{ env }} search={{ find: u.flag }}>
              {u.flag}
            </Link>
          ))
        )}
        <span className={styles.quiet}>
          changed <When at={segment.updated_at} />
        </span>
      </div>
    </li>
  )
}

function matches(s: Segment, find: string): boolean {
  const text = find.trim().toLowerCase()
  return [s.key, s.description, s.sentence].some((t) => t.toLowerCase().includes(text))
}
