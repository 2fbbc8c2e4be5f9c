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
}

/** One commit: who did what, when and why; what exactly on request. */
export function CommitRow({ commit, short }: CommitRowProps): ReactNode {
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
}: {
  readonly commits: readonly Commit[]
  readonly short?: boolean
}): ReactNode {
  return (
    <ul className={styles.list}>
      {commits.map((c) => (
        <CommitRow key={c.revision} commit={c} {...(short ? { short } : {})} />
      ))}
    </ul>
  )
}

function Diff({ change }: { readonly change: Change }): ReactNode {
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
              <td className={styles.was}>
                <code>{d.before ?? "nothing"}</code>
              </td>
              <td aria-hidden="true">→</td>
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
