import { useQuery } from "@tanstack/react-query"
import { Link } from "@tanstack/react-router"
import type { ReactNode } from "react"
import type { IdentityFlag, IdentityPage } from "../../lib/api-segments.ts"
import { identity } from "../../lib/queries-segments.ts"
import { Card } from "../../ui/card.tsx"
import { Column, Columns } from "../../ui/columns.tsx"
import { Page } from "../../ui/page.tsx"
import { Loaded } from "../../ui/states.tsx"
import { Status } from "../../ui/status.tsx"
import { When } from "../../ui/when.tsx"
import { KeptTraits } from "./kept-traits.tsx"
import styles from "./person.module.css"
import { stateOf } from "./words.ts"

interface PersonProps {
  readonly env: string
  readonly who: string
}

/** One identity: traits, segments and flags, so that support can answer. */
export function Person({ env, who }: PersonProps): ReactNode {
  const query = useQuery(identity(env, who))
  return (
    <Page
      title={who}
      lead={query.data && sayKnown(query.data)}
      back={{ to: `/${env}/people`, label: "People" }}
    >
      <Loaded query={query} bones={[200, 320]}>
        {(found) => (
          <Columns>
            <Card title="What they get now" note={`${found.flags.length} flags`} flush>
              <ul className={styles.flags}>
                {found.flags.map((f) => (
                  <FlagRow key={f.key} env={env} who={who} flag={f} />
                ))}
              </ul>
            </Card>
            <Column>
              <KeptTraits env={env} found={found} />
              <Card title="Segments">
                {found.segments.length === 0 && <p className={styles.quiet}>They are in none.</p>}
                <ul className={styles.chips}>
                  {found.segments.map((key) => (
                    <li key={key}>
                      <Link to="/$env/segments/$key" params={{ env, key }}>
                        {key}
                      </Link>
                    </li>
                  ))}
                </ul>
              </Card>
            </Column>
          </Columns>
        )}
      </Loaded>
    </Page>
  )
}

function sayKnown(found: IdentityPage): ReactNode {
  if (!found.updated_at) return "Nothing is kept of them."
  return (
    <>
      Traits changed <When at={found.updated_at} />.
    </>
  )
}

interface FlagRowProps extends PersonProps {
  readonly flag: IdentityFlag
}

function FlagRow({ env, who, flag }: FlagRowProps): ReactNode {
  return (
    <li className={styles.flag}>
      <div>
        <Link to="/$env/flags" params={{ env }} search={{ find: flag.key }}>
          <code>{flag.key}</code>
        </Link>
        {flag.override && <span className={styles.quiet}> an exception names them</span>}
        {flag.off_by && <span className={styles.quiet}> off by {flag.off_by}</span>}
      </div>
      <Status tone={flag.enabled ? "safe" : "idle"} plain>
        {stateOf(flag.enabled, flag.value)}
      </Status>
      <Link
        to="/$env/why"
        params={{ env }}
        search={{ flag: flag.key, who }}
        aria-label={`Why? ${flag.key}`}
      >
        Why?
      </Link>
    </li>
  )
}
