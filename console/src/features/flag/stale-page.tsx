import { NumberInput, Select, Text } from "@mantine/core"
import { IconLeaf } from "@tabler/icons-react"
import { useQuery } from "@tanstack/react-query"
import { Link } from "@tanstack/react-router"
import type { ReactNode } from "react"
import type { StaleFlag } from "../../lib/api-flags.ts"
import { staleFlags } from "../../lib/queries-flags.ts"
import { Card } from "../../ui/card.tsx"
import { Page } from "../../ui/page.tsx"
import { Empty, Loaded } from "../../ui/states.tsx"
import { When } from "../../ui/when.tsx"
import styles from "./stale.module.css"

export interface StaleFilter {
  readonly days: number
  readonly owner: string
  readonly tag: string
  readonly order: "age" | "key" | "owner"
}

interface StalePageProps {
  readonly env: string
  readonly filter: StaleFilter
  readonly setFilter: (filter: StaleFilter) => void
}

/** Stands for flags that nobody owns, which no owner can be called. */
const nobody = " "

const orders = [
  { value: "age", label: "Oldest first" },
  { value: "key", label: "By key" },
  { value: "owner", label: "By owner" },
] as const

/** Flags that may have done their work, and what to do about each. */
export function StalePage({ env, filter, setFilter }: StalePageProps): ReactNode {
  const query = useQuery(staleFlags(env, filter.days))
  return (
    <Page
      title="Stale flags"
      lead="Flags that may have done their work. Each one left in the code is a path that somebody has to keep in mind."
      back={{ to: `/${env}/flags`, label: "Flags" }}
    >
      <Loaded query={query} bones={[60, 320]}>
        {(report) => {
          const shown = narrowed(report.flags, filter)
          const owners = [...new Set(report.flags.map((f) => f.owner || nobody))].sort()
          const tags = [...new Set(report.flags.flatMap((f) => f.tags))].sort()
          return (
            <>
              <div className={styles.filters}>
                <NumberInput
                  label="For at least (days)"
                  value={filter.days}
                  min={1}
                  max={3650}
                  clampBehavior="strict"
                  allowDecimal={false}
                  w={150}
                  onChange={(n) => Number(n) >= 1 && setFilter({ ...filter, days: Number(n) })}
                />
                <Select
                  label="Owner"
                  placeholder="everybody"
                  clearable
                  data={owners.map((o) => ({ value: o, label: o === nobody ? "nobody" : o }))}
                  value={filter.owner || null}
                  onChange={(owner) => setFilter({ ...filter, owner: owner ?? "" })}
                />
                <Select
                  label="Tag"
                  placeholder="any"
                  clearable
                  data={tags}
                  value={filter.tag || null}
                  onChange={(tag) => setFilter({ ...filter, tag: tag ?? "" })}
                />
                <Select
                  label="Order"
                  allowDeselect={false}
                  data={[...orders]}
                  value={filter.order}
                  onChange={(order) =>
                    setFilter({ ...filter, order: (order ?? "age") as StaleFilter["order"] })
                  }
                />
              </div>
              <Card flush>
                {shown.length === 0 ? (
                  <Empty icon={<IconLeaf size={24} />} title="Nothing to tidy up">
                    None of {report.looked} flags has done its work for {report.days} days
                    {(filter.owner || filter.tag) && " with this owner and tag"}.
                  </Empty>
                ) : (
                  <ul className={styles.list}>
                    {shown.map((f) => (
                      <Row key={f.key} env={env} flag={f} />
                    ))}
                  </ul>
                )}
              </Card>
              <Text size="sm" c="dimmed">
                {report.looked} flags were looked at; {report.permanent} of them have the tag
                permanent and stay.{" "}
                {report.uses_since ? (
                  <>
                    Clients have said which flags they use since <When at={report.uses_since} />.
                  </>
                ) : (
                  "No client here says which flags it uses, so none counts as unused."
                )}
              </Text>
            </>
          )
        }}
      </Loaded>
    </Page>
  )
}

function narrowed(all: readonly StaleFlag[], filter: StaleFilter): readonly StaleFlag[] {
  const found = all.filter(
    (f) =>
      (!filter.owner || (f.owner || nobody) === filter.owner) &&
      (!filter.tag || f.tags.includes(filter.tag)),
  )
  if (filter.order === "key") return found.toSorted((a, b) => a.key.localeCompare(b.key))
  if (filter.order === "owner") {
    return found.toSorted((a, b) => (a.owner ?? "").localeCompare(b.owner ?? ""))
  }
  return found
}

function Row({ env, flag }: { readonly env: string; readonly flag: StaleFlag }): ReactNode {
  return (
    <li className={styles.row}>
      <div className={styles.top}>
        <Link to="/$env/flags/$key" params={{ env, key: flag.key }} className={styles.key}>
          {flag.key}
        </Link>
        <span className={styles.quiet}>
          {flag.owner || "nobody owns it"}
          {flag.tags.length > 0 && ` · ${flag.tags.join(", ")}`}
        </span>
        <strong className={styles.age}>
          {flag.days} {flag.days === 1 ? "day" : "days"}
        </strong>
      </div>
      {flag.reasons.map((r) => (
        <div key={r.kind}>
          {r.text} <span className={styles.quiet}>Since</span> <When at={r.since} />
        </div>
      ))}
      <div className={styles.quiet}>{flag.advice}</div>
    </li>
  )
}
