import { IconRobot, IconTerminal2, IconUser } from "@tabler/icons-react"
import type { ReactNode } from "react"
import type { Change, Commit } from "../../lib/api.ts"
import { When } from "../../ui/when.tsx"
import styles from "./change.module.css"
import { differences, mostDifferences } from "./diff.ts"
import { sayCommit } from "./words.ts"

const icons = { person: IconUser, token: IconTerminal2, system: IconRobot } as const

interface CommitRowProps {
  readonly commit: Commit
  /** Without the before and after. */
  readonly short?: boolean
  /** Offers to undo it; absent where that cannot be. */
  readonly undo?: (revision: number) => void
}

/** Whether a commit is of the kind that is undone here; whether nothing is in the way is the server's to say. */
const undoable = (commit: Commit): boolean =>
  commit.changes.some((c) => /^(flag|segment)\./.test(c.kind)) &&
  !commit.changes.some((c) => c.kind.startsWith("rollout."))

/** One commit: who did what, when and why; what exactly on request. */
export function CommitRow({ commit, short, undo }: CommitRowProps): ReactNode {
  const Icon = icons[commit.actor.kind] ?? IconUser
  return (
    <li className={styles.commit}>
      <span className={styles.who} data-kind={commit.actor.kind}>
        <Icon size={16} aria-hidden="true" />
      </span>
      <div>
        <div className={styles.what}>{sayCommit(commit)}</div>
        <div className={styles.reason}>
          {commit.actor.name}
          {commit.reason && `: ${commit.reason}`}
        </div>
      </div>
      <div className={styles.when}>
        <When at={commit.at} />
        {!short && <div>revision {commit.revision}</div>}
        {undo && undoable(commit) && (
          <button
            type="button"
            className={styles.undo}
            aria-label={`Undo revision ${commit.revision}`}
            onClick={() => undo(commit.revision)}
          >
            Undo
          </button>
        )}
      </div>
      {!short && commit.changes.length > 0 && (
        <details className={styles.more}>
          <summary>Before and after</summary>
          {commit.changes.map((change, i) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: a commit's changes never move
            <Diff key={i} change={change} />
          ))}
        </details>
      )}
    </li>
  )
}

/** Commits as a list. */
export function CommitRows({
  commits,
  short,
  undo,
}: {
  readonly commits: readonly Commit[]
  readonly short?: boolean
  readonly undo?: (revision: number) => void
}): ReactNode {
  return (
    <ul className={styles.list}>
      {commits.map((c) => (
        <CommitRow
          key={c.revision}
          commit={c}
          {...(short ? { short } : {})}
          {...(undo ? { undo } : {})}
        />
      ))}
    </ul>
  )
}

/** What a change does, field by field. */
export function Diff({ change }: { readonly change: Change }): ReactNode {
  const all = differences(change.before ?? {}, change.after ?? {})
  const rest = all.length - mostDifferences
  return (
    <div className={styles.scroll}>
      <table className={styles.diff}>
        <caption>
          {change.subject} <span className={styles.reason}>({change.kind})</span>
        </caption>
        <tbody>
          {all.slice(0, mostDifferences).map((d) => (
            <tr key={d.path}>
              <th scope="row">{d.path}</th>
              {change.before !== undefined && (
                <>
                  <td className={styles.was}>
                    <code>{d.before ?? "nothing"}</code>
                  </td>
                  <td aria-hidden="true">→</td>
                </>
              )}
              <td className={styles.is}>
                <code>{d.after ?? "nothing"}</code>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {all.length === 0 && <span className={styles.reason}>No field changed.</span>}
      {rest > 0 && <span className={styles.reason}>and {rest} more fields</span>}
    </div>
  )
}
