import type { ReactElement } from "react"
import type { AgeBand, Dashboard, DiaryEntry, SeverityCount } from "../api/wire.ts"
import { Link } from "../app/link.tsx"
import type { WidgetId } from "../flows/dashboard/model.ts"
import { weatherLabels } from "../flows/diary/model.ts"
import { severities, severityLabels } from "../flows/ncr/model.ts"
import { weatherIcons } from "./diary-words.ts"
import { ColumnChart, DayDots, type Part, PartsBar, Progress } from "./kit/charts.tsx"
import { dayShort, daysSince, exact, isoDay, moment, plural, relative } from "./kit/format.ts"
import { Icon } from "./kit/icon.tsx"
import { EmptyState } from "./kit/states.tsx"
import { Status } from "./kit/status.tsx"
import { severityTones } from "./ncr-words.tsx"

/** What each widget shows of the summary. */
export const widgetBodies: Readonly<Record<WidgetId, (of: Dashboard) => ReactElement>> = {
  "open-ncrs": (of) => <OpenNcrs open={of.openNcrs} week={of.weeks.at(-1)} />,
  "hold-points": (of) => <HoldPoints of={of} />,
  "diary-streak": (of) => <DiaryStreak diary={of.diary} />,
  today: (of) => <Today latest={of.latest} />,
  activity: (of) => <RecentActivity of={of} />,
  ageing: (of) => <Ageing bands={of.ageing} />,
}

/** The severities of some NCRs as parts of a chart. */
function bySeverity(count: SeverityCount): readonly Part[] {
  return severities.map((one) => ({
    key: one,
    label: severityLabels[one],
    count: count[one],
    tone: severityTones[one],
  }))
}

function OpenNcrs({
  open,
  week,
}: {
  readonly open: Dashboard["openNcrs"]
  readonly week: Dashboard["weeks"][number] | undefined
}): ReactElement {
  return (
    <div className="s2-widget-column">
      <div className="s2-figure">
        <strong className="s2-number">{open.total}</strong>
        <span>{open.total === 1 ? "report is open" : "reports are open"}</span>
        {open.overdue > 0 && <Status tone="bad">{open.overdue} overdue</Status>}
      </div>
      <PartsBar parts={bySeverity(open)} />
      {week && (
        <p className="s2-widget-foot">
          This week: {week.raised} raised, {week.closed} closed
        </p>
      )}
    </div>
  )
}

function HoldPoints({ of }: { readonly of: Dashboard }): ReactElement {
  const { holdPoints, itps } = of
  return (
    <div className="s2-widget-column">
      {holdPoints.length === 0 ? (
        <EmptyState icon="check" title="No hold point is waiting">
          Work may go on everywhere.
        </EmptyState>
      ) : (
        <ul className="s2-rows">
          {holdPoints.slice(0, 4).map((point) => (
            <li key={point.itemId}>
              <span className="s2-hold-mark" data-signable={point.signable || undefined}>
                <Icon name="hold" size={18} />
              </span>
              <span className="s2-rows-words">
                <Link href={`/itps/${point.itpId}`}>{point.activity}</Link>
                <small>
                  {point.itpNumber} · {point.location}
                </small>
              </span>
              <span className="s2-rows-end">
                {point.signable ? (
                  <Status tone="warn">Ready to sign</Status>
                ) : (
                  point.plannedOn && <small>{plannedWord(point.plannedOn)}</small>
                )}
              </span>
            </li>
          ))}
        </ul>
      )}
      <div className="s2-widget-foot">
        <span>
          {itps.complete} of {plural(itps.total, "plan")} complete
        </span>
        <Progress label="Plans complete" done={itps.complete} total={itps.total} />
      </div>
    </div>
  )
}

/** "today", "Thu 26 Nov", "3 days late". */
function plannedWord(day: string): string {
  const today = isoDay(new Date())
  if (day === today) return "Today"
  if (day < today) return `${plural(daysSince(day), "day")} late`
  return dayShort(day)
}

function DiaryStreak({ diary }: { readonly diary: Dashboard["diary"] }): ReactElement {
  const missing = diary.days.filter((one) => !one.written).length
  return (
    <div className="s2-widget-column">
      <div className="s2-figure">
        <strong className="s2-number">{diary.streak}</strong>
        <span>
          {diary.streak === 1 ? "working day in a row" : "working days in a row"}
          <small>
            {missing === 0
              ? `All of the last ${diary.days.length} are written`
              : `${missing} of the last ${diary.days.length} missing`}
          </small>
        </span>
      </div>
      <DayDots
        days={diary.days.map((one) => ({
          day: one.day,
          label: String(moment(one.day).getDate()),
          filled: one.written,
        }))}
      />
      <p className="s2-widget-foot">
        <Link href="/diary" className="s2-more">
          Open the site diary
          <Icon name="right" size={16} />
        </Link>
      </p>
    </div>
  )
}

function Today({ latest }: { readonly latest: DiaryEntry | null }): ReactElement {
  if (!latest) {
    return (
      <EmptyState icon="diary" title="Nothing is written yet">
        Weather, crew and plant of the day appear here once the diary has an entry.
      </EmptyState>
    )
  }
  const people = latest.crew.reduce((sum, line) => sum + line.count, 0)
  const ofToday = latest.day === isoDay(new Date())
  return (
    <div className="s2-stack">
      <div className="s2-figure">
        <Icon name={weatherIcons[latest.weather]} size={40} />
        <span>
          <b>
            {weatherLabels[latest.weather]}, {latest.temperature} °C
          </b>
          <small>
            {ofToday ? "Today" : dayShort(latest.day)} · written by {latest.author}
          </small>
        </span>
      </div>
      <ul className="s2-tally">
        <li>
          <Icon name="people" size={18} />
          <strong>{plural(people, "worker")}</strong>
          <span>{latest.crew.map((line) => `${line.trade} ${line.count}`).join(" · ")}</span>
        </li>
        <li>
          <Icon name="plant" size={18} />
          <strong>{plural(latest.plant.length, "machine")}</strong>
          <span>{latest.plant.map((line) => line.name).join(" · ")}</span>
        </li>
        {latest.notes && (
          <li>
            <Icon name="note" size={18} />
            <strong>Notes</strong>
            <span className="s2-clamp">{latest.notes}</span>
          </li>
        )}
        {latest.delays && (
          <li>
            <Icon name="clock" size={18} />
            <strong>Delays</strong>
            <span>{latest.delays}</span>
          </li>
        )}
      </ul>
    </div>
  )
}

function RecentActivity({ of }: { readonly of: Dashboard }): ReactElement {
  if (of.activity.length === 0) {
    return <EmptyState icon="clock" title="Nothing has happened yet" />
  }
  return (
    <ul className="s2-rows">
      {of.activity.slice(0, 5).map((one) => (
        <li key={one.id}>
          <span className="s2-rows-words">
            <span>
              <b>{one.who}</b> <Link href={one.path}>{one.what}</Link>
            </span>
            <small>
              <time dateTime={one.at} title={exact(one.at)}>
                {relative(one.at)}
              </time>
            </small>
          </span>
        </li>
      ))}
    </ul>
  )
}

function Ageing({ bands }: { readonly bands: readonly AgeBand[] }): ReactElement {
  return (
    <ColumnChart
      title="Open NCRs by age"
      columns={bands.map((band) => ({ label: band.label, parts: bySeverity(band) }))}
    />
  )
}
