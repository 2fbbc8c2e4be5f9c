import { Button, Center, Group, Menu, Select, TextInput } from "@mantine/core"
import { IconDownload, IconHistory, IconSearch } from "@tabler/icons-react"
import { useInfiniteQuery, useQuery } from "@tanstack/react-query"
import { type ReactNode, useDeferredValue, useState } from "react"
import { session } from "../../lib/queries.ts"
import {
  type AuditFilter,
  auditPerPage,
  auditQuery,
  people,
  readAudit,
} from "../../lib/queries-changes.ts"
import { Card } from "../../ui/card.tsx"
import { Page } from "../../ui/page.tsx"
import { Bones, Empty, Failed } from "../../ui/states.tsx"
import { CommitRows } from "./commit-row.tsx"
import { UndoDialog } from "./undo-dialog.tsx"

interface JournalProps {
  readonly env: string
  readonly filter: AuditFilter
  readonly setFilter: (filter: AuditFilter) => void
}

const kinds: readonly { readonly value: string; readonly label: string }[] = [
  { value: "", label: "Everything" },
  { value: "flag.", label: "Flags" },
  { value: "segment.", label: "Segments" },
  { value: "rollout.", label: "Rollouts" },
  { value: "incident.", label: "Incidents" },
  { value: "change_request.", label: "Change requests" },
  { value: "environment.", label: "Environments" },
  { value: "person.", label: "People" },
]

const times: readonly { readonly value: string; readonly label: string }[] = [
  { value: "", label: "Any time" },
  { value: "1h", label: "Last hour" },
  { value: "24h", label: "Last day" },
  { value: "168h", label: "Last week" },
  { value: "720h", label: "Last 30 days" },
]

/** The journal: who changed what, when, and why. */
export function Journal({ env, filter, setFilter }: JournalProps): ReactNode {
  const subject = useDeferredValue(filter.subject.trim())
  const wanted = { ...filter, subject }
  const everybody = useQuery(people()).data ?? []
  const who = useQuery(session()).data
  const [undoing, setUndoing] = useState<number>()
  const query = useInfiniteQuery({
    queryKey: [env, "commits", wanted],
    queryFn: ({ pageParam, signal }) => readAudit(env, wanted, pageParam, signal),
    initialPageParam: 0,
    getNextPageParam: (last) =>
      last.length < auditPerPage ? undefined : (last.at(-1)?.revision ?? undefined),
  })
  const commits = query.data?.pages.flat()
  return (
    <Page
      title="Audit"
      lead="Who changed what, when, and why. Nothing here can be altered, also not by administrators."
      actions={<Export env={env} filter={wanted} />}
    >
      <Group gap="sm">
        <Select
          size="xs"
          aria-label="What kind of change"
          value={filter.kind}
          allowDeselect={false}
          onChange={(kind) => setFilter({ ...filter, kind: kind ?? "" })}
          data={[...kinds]}
          w={160}
        />
        <Select
          size="xs"
          aria-label="Who changed it"
          placeholder="Anybody"
          value={filter.actor || null}
          clearable
          searchable
          onChange={(actor) => setFilter({ ...filter, actor: actor ?? "" })}
          data={[...new Set([...everybody.map((p) => p.name), "Belay", "command line"])]}
          w={170}
        />
        <Select
          size="xs"
          aria-label="When"
          value={filter.since}
          allowDeselect={false}
          onChange={(since) => setFilter({ ...filter, since: since ?? "" })}
          data={[...times]}
          w={130}
        />
        <TextInput
          size="xs"
          aria-label="Of one flag, rollout or incident"
          placeholder="Key of a flag or id"
          leftSection={<IconSearch size={16} />}
          value={filter.subject}
          onChange={(e) => setFilter({ ...filter, subject: e.currentTarget.value })}
          w={220}
        />
      </Group>
      {!commits && query.isError && (
        <Failed
          error={query.error}
          retry={() => void query.refetch()}
          retrying={query.isFetching}
        />
      )}
      {!commits && !query.isError && <Bones heights={[420]} />}
      {commits && (
        <Card flush>
          {commits.length === 0 ? (
            <Empty icon={<IconHistory size={24} />} title="No changes">
              {filter.kind || filter.subject || filter.actor || filter.since
                ? "None of this kind. The key must be written in full."
                : "The first change will stand here."}
            </Empty>
          ) : (
            <CommitRows
              commits={commits}
              {...(who && who.role !== "viewer" ? { undo: setUndoing } : {})}
            />
          )}
        </Card>
      )}
      {query.hasNextPage && (
        <Center>
          <Button
            variant="default"
            loading={query.isFetchingNextPage}
            onClick={() => void query.fetchNextPage()}
          >
            Show older
          </Button>
        </Center>
      )}
      <UndoDialog env={env} revision={undoing} close={() => setUndoing(undefined)} />
    </Page>
  )
}

/** What is shown, and all that is older, as a file. */
function Export({
  env,
  filter,
}: {
  readonly env: string
  readonly filter: AuditFilter
}): ReactNode {
  const at = (format: string): string =>
    `/api/v1/audit/export?${auditQuery(env, filter)}&format=${format}`
  return (
    <Menu>
      <Menu.Target>
        <Button variant="default" leftSection={<IconDownload size={16} />}>
          Export
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item component="a" href={at("csv")} download>
          CSV, a line for each change
        </Menu.Item>
        <Menu.Item component="a" href={at("jsonl")} download>
          JSON lines, with before and after
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  )
}
