import { Button, Center, Group, SegmentedControl, TextInput } from "@mantine/core"
import { IconHistory, IconSearch } from "@tabler/icons-react"
import { useInfiniteQuery } from "@tanstack/react-query"
import { type ReactNode, useDeferredValue } from "react"
import { commitsPerPage, readCommits } from "../../lib/queries.ts"
import { Card } from "../../ui/card.tsx"
import { Page } from "../../ui/page.tsx"
import { Bones, Empty, Failed } from "../../ui/states.tsx"
import { CommitRows } from "./commit-row.tsx"

export interface JournalFilter {
  /** Beginning of the kind, "flag."; empty for all. */
  readonly kind: string
  readonly subject: string
}

interface JournalProps {
  readonly env: string
  readonly filter: JournalFilter
  readonly setFilter: (filter: JournalFilter) => void
}

const kinds: readonly { readonly value: string; readonly label: string }[] = [
  { value: "", label: "Everything" },
  { value: "flag.", label: "Flags" },
  { value: "rollout.", label: "Rollouts" },
  { value: "incident.", label: "Incidents" },
]

/** The journal: who changed what, when, and why. */
export function Journal({ env, filter, setFilter }: JournalProps): ReactNode {
  const subject = useDeferredValue(filter.subject.trim())
  const query = useInfiniteQuery({
    queryKey: [env, "commits", filter.kind, subject],
    queryFn: ({ pageParam, signal }) =>
      readCommits(env, { kind: filter.kind, subject, before: pageParam }, signal),
    initialPageParam: 0,
    getNextPageParam: (last) =>
      last.length < commitsPerPage ? undefined : (last.at(-1)?.revision ?? undefined),
  })
  const commits = query.data?.pages.flat()
  return (
    <Page
      title="Audit"
      lead="Who changed what, when, and why. Nothing here can be altered, also not by administrators."
    >
      <Group gap="sm">
        <SegmentedControl
          size="xs"
          aria-label="What kind of change"
          value={filter.kind}
          onChange={(kind) => setFilter({ ...filter, kind })}
          data={[...kinds]}
        />
        <TextInput
          aria-label="Of one flag, rollout or incident"
          placeholder="Key of a flag or id"
          leftSection={<IconSearch size={16} />}
          value={filter.subject}
          onChange={(e) => setFilter({ ...filter, subject: e.currentTarget.value })}
          w={240}
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
              {filter.kind || filter.subject
                ? "None of this kind. The key must be written in full."
                : "The first change will stand here."}
            </Empty>
          ) : (
            <CommitRows commits={commits} />
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
    </Page>
  )
}
