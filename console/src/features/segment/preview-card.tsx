import { useDebouncedValue } from "@mantine/hooks"
import { keepPreviousData, type UseQueryResult, useQuery } from "@tanstack/react-query"
import { Link } from "@tanstack/react-router"
import type { ReactNode } from "react"
import type { SegmentPreview } from "../../lib/api-segments.ts"
import { asProblem } from "../../lib/http.ts"
import { count, share } from "../../lib/number.ts"
import { preview } from "../../lib/queries-segments.ts"
import { Card } from "../../ui/card.tsx"
import { type DraftRule, toRules, unfinished } from "./rules.ts"
import styles from "./segment.module.css"

/** How long after the last key the people are counted anew, in milliseconds. */
const settle = 250

/** Who would be in with the rules as they are now; undefined rules are not finished yet. */
export function usePreview(
  env: string,
  segmentKey: string,
  drafts: readonly DraftRule[],
): UseQueryResult<SegmentPreview, Error> {
  const [settled] = useDebouncedValue(drafts, settle)
  return useQuery({
    ...preview(env, segmentKey, toRules(settled)),
    enabled: unfinished(settled) === 0,
    placeholderData: keepPreviousData,
    retry: false,
  })
}

interface PreviewCardProps {
  readonly env: string
  readonly query: UseQueryResult<SegmentPreview, Error>
  readonly missing: number
}

/** How many of the people Belay knows are in, while one edits. */
export function PreviewCard({ env, query, missing }: PreviewCardProps): ReactNode {
  const found = query.data
  return (
    <Card title="Who is in">
      <div className={styles.preview} aria-live="polite" aria-busy={query.isFetching}>
        {found ? <Count found={found} /> : <p className={styles.quiet}>Counting …</p>}
        {missing > 0 && (
          <p className={styles.quiet}>
            {missing === 1 ? "One condition does" : `${missing} conditions do`} not say yet what{" "}
            {missing === 1 ? "it is" : "they are"} about.
          </p>
        )}
        {query.isError && <p className={styles.fault}>{asProblem(query.error).message}</p>}
      </div>
      {found && (
        <>
          <p className={styles.sentence}>
            <strong>In words:</strong> {found.sentence}.
          </p>
          <Names env={env} title="In" names={found.in} more={found.matching} />
          <Names env={env} title="Out" names={found.out} more={found.examined - found.matching} />
        </>
      )}
    </Card>
  )
}

function Count({ found }: { readonly found: SegmentPreview }): ReactNode {
  if (found.known === 0) {
    return (
      <p className={styles.quiet}>
        Nobody is known yet. People are counted once clients ask for their flags with traits.
      </p>
    )
  }
  const part = found.examined > 0 ? (100 * found.matching) / found.examined : 0
  return (
    <>
      <p className={styles.number}>
        <strong>{count(found.matching)}</strong> of {count(found.examined)} known people (
        {share(found.matching, found.examined)})
      </p>
      <div className={styles.bar} aria-hidden="true">
        <span style={{ width: `${part}%` }} />
      </div>
      {found.examined < found.known && (
        <p className={styles.quiet}>
          Counted among those whose traits changed last; {count(found.known)} are known.
        </p>
      )}
      {found.recent > 0 && (
        <p className={styles.quiet}>
          {count(found.recent)} of them only asked for flags lately; nothing is kept of them.
        </p>
      )}
    </>
  )
}

interface NamesProps {
  readonly env: string
  readonly title: string
  readonly names: readonly string[]
  readonly more: number
}

function Names({ env, title, names, more }: NamesProps): ReactNode {
  if (names.length === 0) return null
  return (
    <div className={styles.names}>
      <span>{title}</span>
      <ul>
        {names.map((who) => (
          <li key={who}>
            <Link to="/$env/people" params={{ env }} search={{ who }}>
              {who}
            </Link>
          </li>
        ))}
        {more > names.length && <li>and {count(more - names.length)} more</li>}
      </ul>
    </div>
  )
}
