import type { FormEvent, ReactElement } from "react"
import type { Weather } from "../api/wire.ts"
import {
  type DiaryDay,
  type DiaryModel,
  useDiary,
  weatherLabels,
  weathers,
} from "../flows/diary/model.ts"
import {
  Button,
  Dialog,
  Field,
  Loaded,
  moment,
  Options,
  Panel,
  Restored,
  Saved,
  Screen,
} from "./parts.tsx"

/** The site diary: a month to choose from, a day to write. */
export function Diary(): ReactElement {
  const model = useDiary()
  return (
    <Screen
      name="diary"
      title="Site diary"
      actions={<Button onClick={model.openExport}>Export</Button>}
    >
      <Loaded of={model.entries} reload={model.reload} rows={12}>
        {(entries) => (
          <>
            <Month model={model} />
            {entries.length === 0 ? (
              <p>No day has been written in this project yet. Begin with today.</p>
            ) : null}
            <Day model={model} />
          </>
        )}
      </Loaded>
      {model.exporting ? <Export model={model} /> : null}
    </Screen>
  )
}

function fullDate(day: string): string {
  return new Date(`${day}T12:00:00`)
    .toLocaleDateString("en-GB", {
      weekday: "long",
      day: "numeric",
      month: "long",
      year: "numeric",
    })
    .replace(",", "")
}

function Month({ model }: { readonly model: DiaryModel }): ReactElement {
  const weeks: DiaryDay[][] = []
  for (let n = 0; n < model.days.length; n += 7) weeks.push(model.days.slice(n, n + 7))
  const name = new Date(`${model.month}-15T12:00:00`).toLocaleDateString("en-GB", {
    month: "long",
    year: "numeric",
  })
  return (
    <Panel
      title={name}
      tools={
        <span className="o-buttons">
          <Button onClick={() => model.showMonth(-1)}>Previous month</Button>
          <Button onClick={() => model.showMonth(1)}>Next month</Button>
        </span>
      }
    >
      <table className="o-calendar">
        <thead>
          <tr>
            {["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"].map((day) => (
              <th key={day} scope="col">
                {day}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {weeks.map((week) => (
            <tr key={week[0]?.day}>
              {week.map((day) => (
                <td key={day.day}>
                  <DayButton day={day} model={model} />
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </Panel>
  )
}

function DayButton(props: { readonly day: DiaryDay; readonly model: DiaryModel }): ReactElement {
  const { day, model } = props
  const mark = day.entry === undefined ? "" : " ✓"
  return (
    <button
      type="button"
      aria-label={fullDate(day.day)}
      aria-pressed={day.day === model.day}
      aria-current={day.today ? "date" : undefined}
      data-written={day.entry === undefined ? undefined : ""}
      data-outside={day.inMonth ? undefined : ""}
      disabled={day.future}
      onClick={() => model.select(day.day)}
    >
      {Number(day.day.slice(8))}
      {day.queued ? " ⏳" : mark}
    </button>
  )
}

function Day({ model }: { readonly model: DiaryModel }): ReactElement {
  const { values, errors } = model
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    void model.submit()
  }
  const written = model.days.find((day) => day.day === model.day)?.entry
  return (
    <form noValidate onSubmit={submit}>
      <Panel
        title={fullDate(model.day)}
        tools={
          <span className="o-soft">
            {written === undefined
              ? "Not written yet"
              : `Written by ${written.author}, ${moment(written.updatedAt)}`}
          </span>
        }
      >
        <Restored draft={model.draft} />
        <Saved save={model.save} />
        <div className="o-form">
          <Field label="Weather" error={errors.weather}>
            {(control) => (
              <select
                {...control}
                name="weather"
                value={values.weather}
                onChange={(event) => model.set({ weather: event.target.value as Weather })}
              >
                <Options values={weathers} labels={weatherLabels} />
              </select>
            )}
          </Field>
          <Field label="Temperature (°C)" error={errors.temperature}>
            {(control) => (
              <input
                {...control}
                name="temperature"
                inputMode="decimal"
                value={values.temperature}
                onChange={(event) => model.set({ temperature: event.target.value })}
              />
            )}
          </Field>
          <div className="o-wide">
            <Crew model={model} />
            <Plant model={model} />
          </div>
          <Field label="Notes" wide error={errors.notes}>
            {(control) => (
              <textarea
                {...control}
                name="notes"
                value={values.notes}
                onChange={(event) => model.set({ notes: event.target.value })}
              />
            )}
          </Field>
          <Field label="Delays" wide error={errors.delays}>
            {(control) => (
              <textarea
                {...control}
                name="delays"
                value={values.delays}
                onChange={(event) => model.set({ delays: event.target.value })}
              />
            )}
          </Field>
          <div className="o-buttons o-wide">
            <Button main submit disabled={model.save.state === "sending"}>
              Save day
            </Button>
          </div>
        </div>
      </Panel>
    </form>
  )
}

function Crew({ model }: { readonly model: DiaryModel }): ReactElement {
  return (
    <>
      {model.values.crew.map((line, n) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a line has no other name than its place
        <div key={n} className="o-line">
          <Field label={`Trade ${n + 1}`}>
            {(control) => (
              <input
                {...control}
                name={`crew-${n}-trade`}
                value={line.trade}
                onChange={(event) => model.setCrew(n, { trade: event.target.value })}
              />
            )}
          </Field>
          <Field label={`Workers ${n + 1}`}>
            {(control) => (
              <input
                {...control}
                name={`crew-${n}-count`}
                inputMode="numeric"
                value={line.count}
                onChange={(event) => model.setCrew(n, { count: event.target.value })}
              />
            )}
          </Field>
          <Button label={`Remove crew ${n + 1}`} onClick={() => model.removeCrew(n)}>
            ✕
          </Button>
        </div>
      ))}
      {model.errors.crew === undefined ? null : (
        <p className="o-error" role="alert">
          {model.errors.crew}
        </p>
      )}
      <p>
        <Button onClick={model.addCrew}>Add crew</Button>
      </p>
    </>
  )
}

function Plant({ model }: { readonly model: DiaryModel }): ReactElement {
  return (
    <>
      {model.values.plant.map((line, n) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a line has no other name than its place
        <div key={n} className="o-line">
          <Field label={`Plant ${n + 1}`}>
            {(control) => (
              <input
                {...control}
                name={`plant-${n}-name`}
                value={line.name}
                onChange={(event) => model.setPlant(n, { name: event.target.value })}
              />
            )}
          </Field>
          <Field label={`Hours ${n + 1}`}>
            {(control) => (
              <input
                {...control}
                name={`plant-${n}-hours`}
                inputMode="decimal"
                value={line.hours}
                onChange={(event) => model.setPlant(n, { hours: event.target.value })}
              />
            )}
          </Field>
          <Button label={`Remove plant ${n + 1}`} onClick={() => model.removePlant(n)}>
            ✕
          </Button>
        </div>
      ))}
      {model.errors.plant === undefined ? null : (
        <p className="o-error" role="alert">
          {model.errors.plant}
        </p>
      )}
      <p>
        <Button onClick={model.addPlant}>Add plant</Button>
      </p>
    </>
  )
}

function Export({ model }: { readonly model: DiaryModel }): ReactElement {
  const ready = model.exportError === ""
  return (
    <Dialog title="Export diary" onClose={model.closeExport}>
      <Field label="From">
        {(control) => (
          <input
            {...control}
            type="date"
            value={model.exportFrom}
            onChange={(event) => model.setExport({ from: event.target.value })}
          />
        )}
      </Field>
      <Field label="To">
        {(control) => (
          <input
            {...control}
            type="date"
            value={model.exportTo}
            onChange={(event) => model.setExport({ to: event.target.value })}
          />
        )}
      </Field>
      {ready ? (
        <p>{model.exportCount} days in this range.</p>
      ) : (
        <p className="o-error" role="alert">
          {model.exportError}
        </p>
      )}
      <div className="o-buttons">
        {ready ? (
          <>
            <a className="o-button" data-main="" href={model.exportUrl("pdf")} download>
              Download PDF
            </a>
            <a className="o-button" data-main="" href={model.exportUrl("csv")} download>
              Download CSV
            </a>
          </>
        ) : null}
        <Button onClick={model.closeExport}>Close</Button>
      </div>
    </Dialog>
  )
}
