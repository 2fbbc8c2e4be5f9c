import { Group, SegmentedControl, Select, TextInput } from "@mantine/core"
import { IconBug, IconSearch } from "@tabler/icons-react"
import { useQuery } from "@tanstack/react-query"
import type { ReactNode } from "react"
import type { IssueSummary } from "../../lib/api.ts"
import { issues } from "../../lib/queries.ts"
import { Card } from "../../ui/card.tsx"
import { Page } from "../../ui/page.tsx"
import { Empty, Loaded } from "../../ui/states.tsx"
import styles from "./issue.module.css"
import { IssueRow } from "./issue-row.tsx"

export interface IssueFilter {
  readonly since: string
  readonly find: string
  readonly component: string
}

interface IssueListProps {
  readonly env: string
  readonly filter: IssueFilter
  readonly setFilter: (filter: IssueFilter) => void
}

const windows: readonly { readonly value: string; readonly label: string }[] = [
  { value: "1h", label: "1 hour" },
  { value: "24h", label: "24 hours" },
  { value: "168h", label: "7 days" },
  { value: "720h", label: "30 days" },
]

/** Groups of like errors, those that meet most people first. */
export function IssueList({ env, filter, setFilter }: IssueListProps): ReactNode {
  const query = useQuery(issues(env, filter.since))
  const components = [...new Set((query.data ?? []).map((i) => i.component ?? ""))]
    .filter(Boolean)
    .sort()
  const window = windows.find((w) => w.value === filter.since)?.label ?? filter.since
  return (
    <Page title="Errors" lead="What went wrong in people's browsers, like errors in one group.">
      <Group gap="sm">
        <TextInput
          aria-label="Find an error"
          placeholder="Find in title or page"
          leftSection={<IconSearch size={16} />}
          value={filter.find}
          onChange={(e) => setFilter({ ...filter, find: e.currentTarget.value })}
          w={260}
        />
        <Select
          aria-label="Component"
          placeholder="All components"
          data={
            filter.component && !components.includes(filter.component)
              ? [...components, filter.component]
              : components
          }
          value={filter.component || null}
          onChange={(v) => setFilter({ ...filter, component: v ?? "" })}
          clearable
          w={190}
        />
        <SegmentedControl
          size="xs"
          aria-label="How far back"
          value={filter.since}
          onChange={(since) => setFilter({ ...filter, since })}
          data={[...windows]}
        />
      </Group>
      <Loaded query={query} bones={[360]}>
        {(all) => {
          const shown = all.filter((i) => matches(i, filter))
          return (
            <Card
              title={`${shown.length} ${shown.length === 1 ? "group" : "groups"}`}
              note={`last ${window}, most people first; the line shows the last 30 minutes`}
              flush
            >
              {shown.length === 0 && (
                <Empty
                  icon={<IconBug size={24} />}
                  title={all.length === 0 ? "No errors" : "No error matches"}
                >
                  {all.length === 0
                    ? `Nobody met an error in the last ${window}. If that surprises you, see on the overview whether data arrives.`
                    : "Loosen the filter or look further back."}
                </Empty>
              )}
              <ul className={styles.list}>
                {shown.map((i) => (
                  <li key={i.fingerprint}>
                    <IssueRow issue={i} env={env} />
                  </li>
                ))}
              </ul>
            </Card>
          )
        }}
      </Loaded>
    </Page>
  )
}

function matches(issue: IssueSummary, { find, component }: IssueFilter): boolean {
  const text = find.trim().toLowerCase()
  if (component && issue.component !== component) return false
  return !text || `${issue.title} ${issue.page ?? ""}`.toLowerCase().includes(text)
}
