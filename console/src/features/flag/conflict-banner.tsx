import { Alert, Button, Group } from "@mantine/core"
import { IconGitMerge } from "@tabler/icons-react"
import type { ReactNode } from "react"
import type { WholeFlag } from "../../lib/api-flags.ts"
import { changed, contested, type Draft, draftOf, merged, namesOf, say } from "./draft.ts"

interface ConflictBannerProps {
  /** What the page showed when somebody began to type. */
  readonly base: WholeFlag
  readonly theirs: WholeFlag
  readonly mine: Draft
  /** Goes on from the newer version with this draft. */
  readonly take: (next: Draft) => void
}

/** Somebody else changed the flag: says what, and keeps what was typed. */
export function ConflictBanner({ base, theirs, mine, take }: ConflictBannerProps): ReactNode {
  const before = draftOf(base)
  const now = draftOf(theirs)
  const both = contested(before, mine, now)
  return (
    <Alert
      color="warn"
      role="alert"
      icon={<IconGitMerge size={18} />}
      title="Somebody else has changed this flag meanwhile"
    >
      <ul>
        {changed(before, now).map((field) => (
          <li key={field}>
            {namesOf[field]}: {say(base.type, field, before)} → {say(base.type, field, now)}
            {both.includes(field) && <strong> (you changed it too)</strong>}
          </li>
        ))}
      </ul>
      <Group gap="xs">
        <Button size="xs" onClick={() => take(merged(before, mine, now))}>
          Take that in, keep what I typed
        </Button>
        <Button size="xs" variant="default" onClick={() => take(now)}>
          Throw away what I typed
        </Button>
      </Group>
    </Alert>
  )
}
