import { Button, Select, TextInput } from "@mantine/core"
import { IconUserQuestion } from "@tabler/icons-react"
import { keepPreviousData, useQuery } from "@tanstack/react-query"
import { Link } from "@tanstack/react-router"
import { type FormEvent, type ReactNode, useEffect, useState } from "react"
import type { FlagNode } from "../../lib/api.ts"
import type { Explanation, Traits } from "../../lib/api-segments.ts"
import { flags } from "../../lib/queries.ts"
import { explanation } from "../../lib/queries-segments.ts"
import { Card } from "../../ui/card.tsx"
import { Columns } from "../../ui/columns.tsx"
import { Page } from "../../ui/page.tsx"
import { Empty, Loaded } from "../../ui/states.tsx"
import { Status } from "../../ui/status.tsx"
import styles from "./person.module.css"
import { TracePath } from "./trace-path.tsx"
import { TraitsEditor } from "./traits-editor.tsx"
import { sayAnswer, stateOf } from "./words.ts"

export interface Question {
  readonly flag: string
  readonly who: string
}

interface WhyPageProps {
  readonly env: string
  readonly question: Question
  readonly ask: (question: Question) => void
}

/** Why somebody gets what they get from one flag; what if their traits were others can be tried. */
export function WhyPage({ env, question, ask }: WhyPageProps): ReactNode {
  const all = keysOf(useQuery(flags(env)).data ?? [])
  const known = all.includes(question.flag) || !question.flag
  const [who, setWho] = useState(question.who)
  useEffect(() => setWho(question.who), [question.who])
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    ask({ ...question, who: who.trim() })
  }
  return (
    <Page
      title="Why"
      lead="Why somebody gets what they get: everything that was asked, in its order."
    >
      <Card>
        <form className={styles.question} onSubmit={submit}>
          <Select
            label="Flag"
            placeholder="Which flag"
            data={known ? [...all] : [question.flag, ...all]}
            value={question.flag || null}
            searchable
            nothingFoundMessage="No such flag"
            maxDropdownHeight={360}
            onChange={(flag) => ask({ flag: flag ?? "", who: who.trim() })}
          />
          <TextInput
            label="Identity"
            placeholder="As the client names them; empty for somebody unknown"
            value={who}
            maxLength={2000}
            autoComplete="off"
            spellCheck={false}
            onChange={(e) => setWho(e.currentTarget.value)}
          />
          <Button type="submit" disabled={!question.flag}>
            Explain
          </Button>
        </form>
      </Card>
      {question.flag ? (
        <Answer key={`${question.flag} ${question.who}`} env={env} question={question} />
      ) : (
        <Card>
          <Empty icon={<IconUserQuestion size={24} />} title="Which flag, and who?">
            Choose a flag and write the identity that somebody was seen with, such as the user’s id.
          </Empty>
        </Card>
      )}
    </Page>
  )
}

interface AnswerProps {
  readonly env: string
  readonly question: Question
}

function Answer({ env, question }: AnswerProps): ReactNode {
  const [tried, setTried] = useState<Traits>()
  const query = useQuery({
    ...explanation(env, question.flag, {
      identifier: question.who,
      traits: tried ?? {},
      use_stored_traits: tried === undefined,
    }),
    placeholderData: keepPreviousData,
  })
  return (
    <Loaded query={query} bones={[90, 360]}>
      {(found) => (
        <>
          <Result env={env} found={found} tried={tried !== undefined} />
          <Columns>
            <Card title="How it was decided" note="from the first place asked to the last">
              <TracePath env={env} steps={found.trace.steps} />
            </Card>
            <Card
              title="Traits"
              note={tried ? "changed to try; nothing is kept" : "as they are kept"}
              side={
                tried && (
                  <Button size="compact-xs" variant="default" onClick={() => setTried(undefined)}>
                    As kept
                  </Button>
                )
              }
            >
              <TraitsEditor traits={tried ?? found.traits} set={setTried} />
              <Lately
                recent={found.recent}
                use={() => setTried({ ...found.stored, ...found.recent })}
              />
              {question.who && (
                <p className={styles.quiet}>
                  <Link to="/$env/people" params={{ env }} search={{ who: question.who }}>
                    All about {question.who}
                  </Link>
                </p>
              )}
            </Card>
          </Columns>
        </>
      )}
    </Loaded>
  )
}

interface LatelyProps {
  readonly recent: Traits
  readonly use: () => void
}

function Lately({ recent, use }: LatelyProps): ReactNode {
  const names = Object.keys(recent)
  if (names.length === 0) return null
  return (
    <p className={styles.quiet}>
      Their last request brought {names.sort().join(", ")}, which may not be kept.{" "}
      <Button size="compact-xs" variant="default" onClick={use}>
        Use what they sent
      </Button>
    </p>
  )
}

interface ResultProps {
  readonly env: string
  readonly found: Explanation
  readonly tried: boolean
}

function Result({ env, found: { trace, findings }, tried }: ResultProps): ReactNode {
  const decided = trace.steps.find((s) => s.outcome === "decided")
  const differ = findings.filter((f) => !f.finding.old)
  const segment = differ.find((f) => f.subject === "segment")?.key
  const tone = trace.enabled ? "safe" : "idle"
  return (
    <Card tone={tone}>
      <div className={styles.result} aria-live="polite">
        <h2 className={styles.answer}>
          {sayAnswer(trace)}
          {tried ? " with these traits" : ""}
        </h2>
        <Status tone={tone}>{stateOf(trace.enabled, trace.value)}</Status>
        {decided && <p className={styles.text}>{decided.text}</p>}
        {differ.length > 0 && (
          <p className={styles.text}>
            Clients that evaluate by themselves may decide otherwise:{" "}
            {[...new Set(differ.map((f) => `${f.subject} ${f.key}`))].join(", ")}.{" "}
            {segment && (
              <Link to="/$env/segments/$key" params={{ env, key: segment }}>
                See where
              </Link>
            )}
          </p>
        )}
      </div>
    </Card>
  )
}

const keysOf = (tree: readonly FlagNode[]): readonly string[] =>
  tree.flatMap((f) => [f.key, ...keysOf(f.children)])
