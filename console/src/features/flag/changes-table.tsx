import type { ReactNode } from "react"
import type { FlagType } from "../../lib/api.ts"
import { changed, type Draft, namesOf, say } from "./draft.ts"
import styles from "./flag-page.module.css"
import { WeightBar } from "./weight-bar.tsx"

interface ChangesTableProps {
  readonly type: FlagType
  readonly before: Draft
  readonly after: Draft
}

/** What will change, before and after. */
export function ChangesTable({ type, before, after }: ChangesTableProps): ReactNode {
  const fields = changed(before, after)
  return (
    <div className={styles.scroll}>
      <table className={styles.changes}>
        <thead>
          <tr>
            <th scope="col">What</th>
            <th scope="col">Before</th>
            <th scope="col">After</th>
          </tr>
        </thead>
        <tbody>
          {fields.map((field) => (
            <tr key={field}>
              <th scope="row">{namesOf[field]}</th>
              <td className={styles.was}>{say(type, field, before)}</td>
              <td className={styles.is}>{say(type, field, after)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {fields.includes("variants") && (
        <>
          <WeightBar label="People before" weights={before.variants} />
          <WeightBar label="People after" weights={after.variants} />
        </>
      )}
    </div>
  )
}
