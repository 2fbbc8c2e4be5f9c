import { SegmentedControl } from "@mantine/core"
import { IconEyeOff } from "@tabler/icons-react"
import { type UseQueryOptions, useQuery } from "@tanstack/react-query"
import { type ReactNode, useState } from "react"
import type { Forecast, ForecastGuard, ForecastPhase } from "../../lib/api-forecast.ts"
import { count, people, percent } from "../../lib/number.ts"
import { parseSpan, saySpan } from "../../lib/time.ts"
import { Card } from "../../ui/card.tsx"
import { Empty, Loaded } from "../../ui/states.tsx"
import { Table } from "../../ui/table.tsx"
import styles from "./forecast.module.css"
import { guardName } from "./readings.ts"

/** The harms that one can ask about, as shares of visits. */
const harms = ["0.002", "0.01", "0.05"] as const
const usual = "0.01"

interface ForecastCardProps {
  /** The question for a harm. */
  readonly ask: (harm: number) => UseQueryOptions<Forecast, Error, Forecast>
}

/** Before a rollout starts: how soon each guard would see a harm, and how many people would have met it. */
export function ForecastCard({ ask }: ForecastCardProps): ReactNode {
  const [harm, setHarm] = useState<string>(usual)
  const query = useQuery(ask(Number(harm)))
  return (
    <Card
      title="If it harms"
      note={query.data?.traffic.enough && said(query.data)}
      side={
        <SegmentedControl
          size="xs"
          aria-label="How many visits a harm hits"
          value={harm}
          onChange={setHarm}
          data={harms.map((h) => ({ value: h, label: `hits ${percent(100 * Number(h))}` }))}
        />
      }
    >
      <Loaded query={query} bones={[160]}>
        {(f) =>
          f.traffic.enough ? (
            <Foretold forecast={f} />
          ) : (
            <Empty icon={<IconEyeOff size={24} />} title="Nothing can be foretold yet">
              {f.traffic.needs}
            </Empty>
          )
        }
      </Loaded>
    </Card>
  )
}

/** "by 12,345 visits in 7 d". */
function said(f: Forecast): string {
  const nanoseconds = 1e6
  return `by ${count(f.traffic.sessions)} visits of ${people(f.traffic.people)} in ${saySpan(f.traffic.for / nanoseconds)}`
}

function Foretold({ forecast: f }: { readonly forecast: Forecast }): ReactNode {
  const guards = f.phases[0]?.guards ?? []
  const unknown = guards.filter((g) => g.sight === "unknown")
  return (
    <div className={styles.foretold}>
      <p className={styles.lead}>
        When something goes wrong in {percent(100 * f.harm)} of the visits with the new version, the
        first guard sees it:
      </p>
      <ol className={styles.phases}>
        {f.phases.map((p) => (
          <PhaseCard key={`${p.percent}`} phase={p} />
        ))}
      </ol>
      <Table caption="How soon each guard sees it, and how many people have met it by then">
        <thead>
          <tr>
            <th scope="col">Guard</th>
            {f.phases.map((p) => (
              <th scope="col" key={`${p.percent}`}>
                {percent(p.percent)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {guards.map((g, row) => (
            <tr key={`${g.kind} ${g.metric ?? ""}`}>
              <th scope="row">{guardName(g.kind, g.metric)}</th>
              {f.phases.map((p) => (
                <td
                  key={`${p.percent}`}
                  data-head={percent(p.percent)}
                  data-first={p.soonest === row || undefined}
                >
                  <Cell guard={p.guards[row]} />
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </Table>
      {unknown.length > 0 && (
        <ul className={styles.foot}>
          {unknown.map((g) => (
            <li key={`${g.kind} ${g.metric ?? ""}`}>
              {guardName(g.kind, g.metric)}: {g.text}
            </li>
          ))}
        </ul>
      )}
      <p className={styles.foot}>
        Each phase as if the harm began with it. What really happens may be twice as soon or as
        late: hours of the day differ, and people do too.
      </p>
    </div>
  )
}

function PhaseCard({ phase }: { readonly phase: ForecastPhase }): ReactNode {
  const first = phase.guards[phase.soonest]
  return (
    <li className={styles.phase} data-blind={!first || undefined}>
      <span className={styles.percent}>{percent(phase.percent)}</span>
      {first ? (
        <>
          <strong>after {saySpan(parseSpan(first.after) ?? 0)}</strong>
          <span>
            by {guardName(first.kind, first.metric)}, when {people(first.people)} met it
          </span>
        </>
      ) : (
        <>
          <strong>{phase.percent >= 100 ? "nothing to compare" : "not seen"}</strong>
          <span>
            {phase.percent >= 100
              ? "Everybody has the new version; only the emergency brake is left."
              : "No guard sees it with this traffic."}
          </span>
        </>
      )}
      {phase.percent < 100 && (
        <span>
          {phase.safe === undefined
            ? "Not proven safe with this traffic: a person has to decide."
            : `Harmless, it is proven safe after ${saySpan(parseSpan(phase.safe) ?? 0)}.`}
        </span>
      )}
    </li>
  )
}

function Cell({ guard: g }: { readonly guard: ForecastGuard | undefined }): ReactNode {
  if (!g || g.sight === "nothing") return <span title={g?.text}>–</span>
  if (g.sight === "unknown") return <span title={g.text}>no data</span>
  if (g.sight === "not") return <span title={g.text}>not seen</span>
  return (
    <>
      {saySpan(parseSpan(g.after) ?? 0)}
      <span className={styles.of}>{people(g.people)}</span>
    </>
  )
}
