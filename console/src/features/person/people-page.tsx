import { Button, TextInput } from "@mantine/core"
import { useDebouncedValue } from "@mantine/hooks"
import { IconSearch, IconUsers } from "@tabler/icons-react"
import { keepPreviousData, useQuery } from "@tanstack/react-query"
import { Link } from "@tanstack/react-router"
import { type FormEvent, type ReactNode, useState } from "react"
import { count } from "../../lib/number.ts"
import { identities } from "../../lib/queries-segments.ts"
import { Card } from "../../ui/card.tsx"
import { Page } from "../../ui/page.tsx"
import { Empty, Loaded } from "../../ui/states.tsx"
import { When } from "../../ui/when.tsx"
import styles from "./person.module.css"
import { Person } from "./person.tsx"

/** How long after the last key people are looked up, in milliseconds. */
const settle = 200

interface PeoplePageProps {
  readonly env: string
  readonly who: string
  readonly open: (who: string) => void
}

/** Looks somebody up: what is kept of them and what they get. */
export function PeoplePage({ env, who, open }: PeoplePageProps): ReactNode {
  if (who) return <Person key={who} env={env} who={who} />
  return <Search env={env} open={open} />
}

function Search({ env, open }: Omit<PeoplePageProps, "who">): ReactNode {
  const [find, setFind] = useState("")
  const [settled] = useDebouncedValue(find, settle)
  const query = useQuery({ ...identities(env, settled), placeholderData: keepPreviousData })
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    if (find.trim()) open(find.trim())
  }
  return (
    <Page title="People" lead="What is kept of somebody, and what they get from each flag.">
      <form className={styles.search} onSubmit={submit}>
        <TextInput
          aria-label="Identity"
          placeholder="The beginning of an identity; Enter opens it"
          leftSection={<IconSearch size={16} />}
          value={find}
          autoComplete="off"
          spellCheck={false}
          onChange={(e) => setFind(e.currentTarget.value)}
        />
        <Button type="submit" disabled={!find.trim()}>
          Open
        </Button>
      </form>
      <Loaded query={query} bones={[320]}>
        {({ identities: found, known }) => (
          <Card title={`${count(known)} known`} note="people whose traits are kept" flush>
            {found.length === 0 && (
              <Empty
                icon={<IconUsers size={24} />}
                title={known === 0 ? "Nothing is kept of anybody" : "Nobody begins like that"}
              >
                {known === 0
                  ? "Traits are kept when Flagsmith’s clients identify somebody with traits that are not transient."
                  : "Capitals count. Enter opens what you typed, whether something is kept or not."}
              </Empty>
            )}
            <ul className={styles.people}>
              {found.map((p) => (
                <li key={p.identifier}>
                  <Link to="/$env/people" params={{ env }} search={{ who: p.identifier }}>
                    {p.identifier}
                  </Link>
                  <span className={styles.quiet}>
                    {p.traits} {p.traits === 1 ? "trait" : "traits"}, changed{" "}
                    <When at={p.updated_at} />
                  </span>
                </li>
              ))}
            </ul>
          </Card>
        )}
      </Loaded>
    </Page>
  )
}
