import { Button, Skeleton } from "@mantine/core"
import { IconCloudOff, IconRefresh } from "@tabler/icons-react"
import type { UseQueryResult } from "@tanstack/react-query"
import { type ReactNode, useState } from "react"
import { asProblem } from "../lib/http.ts"
import { clockTime } from "../lib/time.ts"
import styles from "./states.module.css"

interface EmptyProps {
  readonly icon: ReactNode
  readonly title: string
  /** What to do about it, or why it is fine. */
  readonly children: ReactNode
  readonly action?: ReactNode
  readonly small?: boolean
}

/** Nothing is here: says why and what to do. */
export function Empty({ icon, title, children, action, small }: EmptyProps): ReactNode {
  return (
    <div className={styles.state} data-small={small || undefined}>
      {!small && <div className={styles.icon}>{icon}</div>}
      <div className={styles.title}>{title}</div>
      <div className={styles.text}>{children}</div>
      {action}
    </div>
  )
}

/** It could not be read: says what happened and offers to try again. */
export function Failed({
  error,
  retry,
  retrying,
}: {
  readonly error: unknown
  readonly retry: () => void
  readonly retrying: boolean
}): ReactNode {
  const problem = asProblem(error)
  return (
    <div className={styles.state} role="alert">
      <div className={styles.icon} data-tone="harm">
        <IconCloudOff size={24} aria-hidden="true" />
      </div>
      <div className={styles.title}>This could not be read</div>
      <div className={styles.text}>{problem.message}</div>
      {problem.hint && <div className={styles.text}>{problem.hint}</div>}
      <Button
        variant="default"
        leftSection={<IconRefresh size={16} />}
        loading={retrying}
        onClick={retry}
      >
        Try again
      </Button>
    </div>
  )
}

/** The shape of what is coming. */
export function Bones({ heights }: { readonly heights: readonly number[] }): ReactNode {
  return (
    <div className={styles.bones} role="status" aria-busy="true" aria-label="Loading">
      {heights.map((height, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the list never changes while it is shown
        <Skeleton key={i} height={height} radius="lg" />
      ))}
    </div>
  )
}

interface LoadedProps<T> {
  readonly query: UseQueryResult<T, Error>
  /** Heights of the skeleton's blocks, in pixels. */
  readonly bones: readonly number[]
  readonly children: (data: T) => ReactNode
}

/** Server data in its four states: loading, failed, stale, and there (where empty is the child's to say). */
export function Loaded<T>({ query, bones, children }: LoadedProps<T>): ReactNode {
  // A read that is tried again forgets its error until it fails anew; people should not see the page flicker with it.
  const [error, setError] = useState<Error>()
  if (query.error && query.error !== error) setError(query.error)
  if (query.data === undefined) {
    if (query.errorUpdateCount > 0 && error) {
      return <Failed error={error} retry={() => void query.refetch()} retrying={query.isFetching} />
    }
    return <Bones heights={bones} />
  }
  return (
    <>
      {query.isError && <Stale error={query.error} at={query.dataUpdatedAt} />}
      {children(query.data)}
    </>
  )
}

function Stale({ error, at }: { readonly error: Error; readonly at: number }): ReactNode {
  return (
    <div className={styles.strip} role="status">
      <IconCloudOff size={16} aria-hidden="true" />
      <strong>As of {clockTime(new Date(at))}.</strong>
      <span>{asProblem(error).message} Asking again by itself.</span>
    </div>
  )
}
