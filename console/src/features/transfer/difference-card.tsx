import { Alert } from "@mantine/core"
import { IconEqual, IconInfoCircle } from "@tabler/icons-react"
import type { ReactNode } from "react"
import type { FileDifference, FileField, FileItem, Verb } from "../../lib/api-transfer.ts"
import { Card } from "../../ui/card.tsx"
import { Empty } from "../../ui/states.tsx"
import { Status } from "../../ui/status.tsx"
import type { Tone } from "../../ui/tone.ts"
import styles from "./transfer.module.css"

const verbs: Readonly<Record<Verb, { readonly tone: Tone; readonly text: string }>> = {
  add: { tone: "safe", text: "New" },
  change: { tone: "live", text: "Changes" },
  remove: { tone: "harm", text: "Goes" },
}

/** No more rows than a person reads; the rest is counted. */
const mostShown = 200

interface DifferenceCardProps {
  readonly difference: FileDifference
  /** Of the environment. */
  readonly name: string
}

/** What a file would change in one environment, flag by flag. */
export function DifferenceCard({ difference: d, name }: DifferenceCardProps): ReactNode {
  const count = (verb: Verb): number => d.items.filter((i) => i.verb === verb).length
  const rest = d.items.length - mostShown
  return (
    <Card
      flush
      title={`In ${name}`}
      note={`${count("add")} to add, ${count("change")} to change, ${count("remove")} to remove`}
    >
      {d.notes.length > 0 && (
        <div className={styles.inset}>
          <Alert color="warn" icon={<IconInfoCircle size={18} />} title="What to know before">
            <ul className={styles.notes}>
              {d.notes.map((note) => (
                <li key={note}>{note}</li>
              ))}
            </ul>
          </Alert>
        </div>
      )}
      {d.items.length === 0 && !d.adopts_key && (
        <Empty small icon={<IconEqual size={24} />} title="No difference">
          {name} is as the file says.
        </Empty>
      )}
      <ul className={styles.list}>
        {d.adopts_key && (
          <li className={styles.item}>
            <Status tone="safe">New</Status>
            <span>
              client key <code>{d.file_key}</code>
            </span>
          </li>
        )}
        {d.items.slice(0, mostShown).map((item) => (
          <Item key={`${item.noun} ${item.key}`} item={item} />
        ))}
      </ul>
      {rest > 0 && <p className={styles.inset}>and {rest} more</p>}
      {d.extra.length > 0 && (
        <details className={styles.inset}>
          <summary>
            {d.extra.length} not in the file, {d.extra.length === 1 ? "stays" : "stay"} as{" "}
            {d.extra.length === 1 ? "it is" : "they are"}
          </summary>
          {d.extra.slice(0, mostShown).join(", ")}
        </details>
      )}
    </Card>
  )
}

function Item({ item }: { readonly item: FileItem }): ReactNode {
  const { tone, text } = verbs[item.verb]
  return (
    <li className={styles.item}>
      <Status tone={tone}>{text}</Status>
      <span>
        {item.noun} <code>{item.key}</code>
      </span>
      {item.fields.length > 0 && (
        <details className={styles.fields}>
          <summary aria-label={`What it says of ${item.noun} ${item.key}`}>
            {item.fields.length} {item.fields.length === 1 ? "field" : "fields"}
          </summary>
          <div className={styles.scroll}>
            <table>
              <thead>
                <tr>
                  <th scope="col">Field</th>
                  <th scope="col">Now</th>
                  <th scope="col">After</th>
                </tr>
              </thead>
              <tbody>
                {item.fields.map((f) => (
                  <Field key={f.path} field={f} />
                ))}
              </tbody>
            </table>
          </div>
        </details>
      )}
    </li>
  )
}

const write = (v: unknown): string => (v === undefined ? "nothing" : JSON.stringify(v))

function Field({ field }: { readonly field: FileField }): ReactNode {
  return (
    <tr>
      <th scope="row">{field.path}</th>
      <td className={styles.was}>
        <code>{write(field.before)}</code>
      </td>
      <td className={styles.is}>
        <code>{write(field.after)}</code>
      </td>
    </tr>
  )
}
