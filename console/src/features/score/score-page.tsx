import { SegmentedControl } from "@mantine/core"
import { useQuery } from "@tanstack/react-query"
import { Link } from "@tanstack/react-router"
import type { ReactNode } from "react"
import type { Board, Criterion, Measure, ScoreStatus } from "../../lib/api-score.ts"
import { count } from "../../lib/number.ts"
import { score } from "../../lib/queries-score.ts"
import { saySpan } from "../../lib/time.ts"
import { Card } from "../../ui/card.tsx"
import { Page } from "../../ui/page.tsx"
import { Sparkline } from "../../ui/sparkline.tsx"
import { Loaded } from "../../ui/states.tsx"
import { Status } from "../../ui/status.tsx"
import { When } from "../../ui/when.tsx"
import { Interval } from "./interval.tsx"
import styles from "./score.module.css"
import { goalWords, say, sideUnit, statusWords } from "./words.ts"

interface ScorePageProps {
  readonly env: string
  /** "" looks at the newest rollout that has started, "none" at everybody. */
  readonly rollout: string
  readonly setRollout: (rollout: string) => void
}

/** How far the goals are: each with what it was counted from and how sure that is. */
export function ScorePage({ env, rollout, setRollout }: ScorePageProps): ReactNode {
  const query = useQuery(score(env, rollout))
  return (
    <Page
      title="Score board"
      lead="A goal is met when the whole interval is on its good side. Between the sides it is not decided yet."
      actions={
        <SegmentedControl
          aria-label="Whom it is about"
          value={rollout === "none" ? "none" : ""}
          onChange={setRollout}
          data={[
            { value: "", label: "New version" },
            { value: "none", label: "Everybody" },
          ]}
        />
      }
    >
      <Loaded query={query} bones={[40, 240, 240, 240]}>
        {(board) => <Shown board={board} env={env} />}
      </Loaded>
    </Page>
  )
}

const order: readonly ScoreStatus[] = ["not_met", "undecided", "met", "too_little_data", "no_data"]

function Shown({ board, env }: { readonly board: Board; readonly env: string }): ReactNode {
  const numbers = order.map((status) => ({
    status,
    n: board.criteria.filter((c) => c.status === status).length,
  }))
  return (
    <>
      <div className={styles.summary}>
        {numbers
          .filter(({ n }) => n > 0)
          .map(({ status, n }) => (
            <Status key={status} tone={statusWords[status].tone}>
              {n} {statusWords[status].text.toLowerCase()}
            </Status>
          ))}
        <span className={styles.quiet}>
          {board.rollout ? (
            <>
              The new version of{" "}
              <Link to="/$env/rollouts/$id" params={{ env, id: board.rollout }}>
                {board.name}
              </Link>
            </>
          ) : (
            "Everybody"
          )}
          , looked at <When at={board.at} />
        </span>
      </div>
      <div className={styles.board}>
        {board.criteria.map((c) => (
          <CriterionCard key={c.key} criterion={c} />
        ))}
      </div>
    </>
  )
}

function CriterionCard({ criterion: c }: { readonly criterion: Criterion }): ReactNode {
  const words = statusWords[c.status]
  return (
    <Card
      title={c.title}
      side={<Status tone={words.tone}>{words.text}</Status>}
      {...(c.status === "not_met" ? { tone: "harm" as const } : {})}
    >
      <div className={styles.value}>
        <span className={styles.number}>{say(c.unit, c.judged.estimate)}</span>
        <span className={styles.goal}>goal: {goalWords(c)}</span>
      </div>
      <Interval criterion={c} />
      <p className={styles.text}>{c.text}</p>
      {c.way && <p className={styles.quiet}>To bring some: {c.way}.</p>}
      <Sides criterion={c} />
      <Trend criterion={c} />
      <div className={styles.foot}>
        <span>
          {count(c.judged.n)} {c.of} in {saySpan(Date.parse(c.to) - Date.parse(c.from))}
          {c.judged.low !== undefined && (
            <>
              , 95 % between {say(c.unit, c.judged.low)} and{" "}
              {c.judged.high === undefined ? "no bound" : say(c.unit, c.judged.high)}
            </>
          )}
        </span>
        <span>From {c.source}</span>
      </div>
    </Card>
  )
}

function Sides({ criterion: c }: { readonly criterion: Criterion }): ReactNode {
  if (!c.old && !c.new) return null
  const side = (m: Measure | undefined): string =>
    m ? `${say(sideUnit(c), m.estimate)} of ${count(m.n)}` : "nobody"
  return (
    <dl className={styles.sides}>
      <dt>Old</dt>
      <dd>{side(c.old)}</dd>
      <dt>New</dt>
      <dd>{side(c.new)}</dd>
    </dl>
  )
}

function Trend({ criterion: c }: { readonly criterion: Criterion }): ReactNode {
  const known = c.trend.filter((v) => v !== null)
  if (known.length < 2) return null
  // A part of the window in which nothing came is drawn at the last value: it says nothing new.
  let last = known[0] ?? 0
  const values = c.trend.map((v) => {
    last = v ?? last
    return last
  })
  const low = Math.min(...values)
  const shifted = values.map((v) => v - Math.min(0, low))
  return (
    <Sparkline
      values={scaled(shifted)}
      height={28}
      label={`From ${say(c.unit, known[0])} to ${say(c.unit, known[known.length - 1])} over the window`}
    />
  )
}

/** The picture draws from 0 to at least 1; small shares would lie flat on its ground. */
function scaled(values: readonly number[]): readonly number[] {
  const most = Math.max(...values)
  return most > 0 ? values.map((v) => v / most) : values
}
