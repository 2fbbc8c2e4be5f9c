import { usePreference } from "@belay/react"
import type { ReactElement } from "react"
import { type DiaryDay, type DiaryModel, useDiary, weatherLabels } from "../flows/diary/model.ts"
import "./diary.css"
import { DiaryEntryForm } from "./diary-entry-form.tsx"
import { weatherIcons } from "./diary-words.ts"
import { Button, buttonClass, IconButton } from "./kit/button.tsx"
import { Card } from "./kit/card.tsx"
import { Dialog } from "./kit/dialog.tsx"
import { Field, TextInput } from "./kit/field.tsx"
import { dayLong, moment, monthLong, plural } from "./kit/format.ts"
import { Icon } from "./kit/icon.tsx"
import { Screen } from "./kit/screen.tsx"
import { Segmented } from "./kit/segmented.tsx"
import { EmptyState, ErrorState, Skeleton, StaleNotice } from "./kit/states.tsx"

const views = [
  { value: "calendar", label: "Calendar", icon: "calendar" },
  { value: "list", label: "List", icon: "list" },
] as const

/** The site diary: a month to choose a day from, and the day to write. */
export function Diary(): ReactElement {
  const model = useDiary()
  const { entries } = model
  const [stored, setView] = usePreference<string>("diary-view", "calendar")
  const view = stored === "list" ? "list" : "calendar"
  const written = model.days.filter((one) => one.inMonth && one.entry).length
  return (
    <Screen
      name="diary"
      title="Site diary"
      summary={
        entries.state === "ready"
          ? `${plural(written, "day")} written in ${monthLong(model.month)}`
          : " "
      }
      actions={
        <Button icon="download" onClick={() => model.openExport()}>
          Export
        </Button>
      }
    >
      {entries.state === "ready" && entries.stale && <StaleNotice at={entries.at} />}
      {entries.state === "error" ? (
        <Card>
          <ErrorState problem={entries.problem} onRetry={model.reload} />
        </Card>
      ) : (
        <div className="s2-diary">
          <div className="s2-diary-month">
            <Card>
              <div className="s2-diary-head">
                <IconButton
                  icon="left"
                  label="Previous month"
                  onClick={() => model.showMonth(-1)}
                />
                <h2 aria-live="polite">{monthLong(model.month)}</h2>
                <IconButton icon="right" label="Next month" onClick={() => model.showMonth(1)} />
              </div>
              {entries.state === "loading" ? (
                <Skeleton lines={6} tall />
              ) : view === "calendar" ? (
                <Calendar model={model} />
              ) : (
                <DayList model={model} />
              )}
              <Segmented legend="View" options={views} value={view} onChoose={setView} />
            </Card>
          </div>
          {entries.state === "loading" ? (
            <Card>
              <Skeleton lines={8} />
            </Card>
          ) : (
            <DiaryEntryForm model={model} />
          )}
        </div>
      )}
      {model.exporting && <ExportDialog model={model} />}
    </Screen>
  )
}

const weekdays = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"] as const

/** What a day's mark says, for those who do not see it. */
function dayWord(day: DiaryDay): string {
  if (day.queued) return "waiting to be sent"
  if (day.entry) return `written, ${weatherLabels[day.entry.weather]}`
  return day.future ? "to come" : "not written"
}

function Calendar({ model }: { readonly model: DiaryModel }): ReactElement {
  return (
    <div className="s2-calendar">
      {weekdays.map((weekday) => (
        <span key={weekday} className="s2-calendar-weekday" aria-hidden="true">
          {weekday}
        </span>
      ))}
      {model.days.map((day) => (
        <button
          key={day.day}
          type="button"
          className="s2-calendar-day"
          data-outside={!day.inMonth || undefined}
          data-written={day.entry !== undefined || undefined}
          data-queued={day.queued || undefined}
          disabled={day.future}
          aria-pressed={day.day === model.day}
          aria-current={day.today ? "date" : undefined}
          aria-describedby={`s2-day-${day.day}`}
          onClick={() => model.select(day.day)}
        >
          <span aria-hidden="true">{moment(day.day).getDate()}</span>
          {day.entry && <Icon name={weatherIcons[day.entry.weather]} size={14} />}
          <span className="s2-hidden">{dayLong(day.day)}</span>
          <span hidden id={`s2-day-${day.day}`}>
            {dayWord(day)}
          </span>
        </button>
      ))}
    </div>
  )
}

function DayList({ model }: { readonly model: DiaryModel }): ReactElement {
  const days = model.days.filter((day) => day.inMonth && (day.entry || day.queued || day.today))
  if (days.length === 0) {
    return (
      <EmptyState icon="diary" title="Nothing was written in this month">
        Choose “Calendar” to write a day that has passed.
      </EmptyState>
    )
  }
  return (
    <ul className="s2-day-list">
      {[...days].reverse().map((day) => (
        <li key={day.day}>
          <button
            type="button"
            aria-pressed={day.day === model.day}
            aria-describedby={`s2-day-${day.day}`}
            onClick={() => model.select(day.day)}
          >
            {dayLong(day.day)}
          </button>
          <span id={`s2-day-${day.day}`} className="s2-meta">
            {day.entry ? (
              <>
                <span>
                  <Icon name={weatherIcons[day.entry.weather]} size={15} />
                  {day.entry.temperature} °C
                </span>
                <span>
                  {plural(
                    day.entry.crew.reduce((sum, line) => sum + line.count, 0),
                    "worker",
                  )}
                </span>
                {day.entry.delays && <span className="s2-diary-delay">Delays</span>}
              </>
            ) : (
              <span>Not written</span>
            )}
            {day.queued && <span>Waiting to be sent</span>}
          </span>
        </li>
      ))}
    </ul>
  )
}

function ExportDialog({ model }: { readonly model: DiaryModel }): ReactElement {
  const ready = model.exportError === ""
  return (
    <Dialog
      title="Export diary"
      summary="Both files hold the same days: PDF to hand over, CSV for a spreadsheet."
      onClose={model.closeExport}
      footer={
        ready ? (
          <>
            <a
              className={buttonClass({ variant: "secondary" })}
              href={model.exportUrl("csv")}
              download
            >
              <Icon name="download" />
              <span>Download CSV</span>
            </a>
            <a
              className={buttonClass({ variant: "primary" })}
              href={model.exportUrl("pdf")}
              download
            >
              <Icon name="download" />
              <span>Download PDF</span>
            </a>
          </>
        ) : undefined
      }
    >
      <div className="s2-pair">
        <Field label="From" required error={ready ? undefined : model.exportError}>
          {(control) => (
            <TextInput
              {...control}
              type="date"
              name="exportFrom"
              value={model.exportFrom}
              onChange={(event) => model.setExport({ from: event.target.value })}
            />
          )}
        </Field>
        <Field label="To" required>
          {(control) => (
            <TextInput
              {...control}
              type="date"
              name="exportTo"
              value={model.exportTo}
              onChange={(event) => model.setExport({ to: event.target.value })}
            />
          )}
        </Field>
      </div>
      {ready && (
        <p className="s2-export-count" role="status">
          <Icon name="diary" />
          {model.exportCount === 0
            ? "No day in this range is written: the file will be empty."
            : `${plural(model.exportCount, "day")} in this range`}
        </p>
      )}
    </Dialog>
  )
}
