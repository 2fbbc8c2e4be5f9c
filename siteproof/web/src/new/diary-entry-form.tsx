import type { ReactElement } from "react"
import type { Weather } from "../api/wire.ts"
import { type DiaryModel, weatherLabels, weathers } from "../flows/diary/model.ts"
import { weatherIcons } from "./diary-words.ts"
import { Button, IconButton } from "./kit/button.tsx"
import { Card } from "./kit/card.tsx"
import { Field, Select, TextArea, TextInput } from "./kit/field.tsx"
import { dayLong, plural, timeOrDay } from "./kit/format.ts"
import { Icon } from "./kit/icon.tsx"
import { DraftNotice, DraftWord, SaveNotice } from "./kit/states.tsx"
import { Status } from "./kit/status.tsx"

/** The day that is written: weather, who and what was there, what happened. */
export function DiaryEntryForm({ model }: { readonly model: DiaryModel }): ReactElement {
  const entry = model.days.find((day) => day.day === model.day)?.entry
  return (
    <form
      noValidate
      className="s2-stack"
      onSubmit={(event) => {
        event.preventDefault()
        void model.submit()
      }}
    >
      <div className="s2-notices">
        <DraftNotice draft={model.draft} />
        <SaveNotice save={model.save} />
      </div>
      <Card
        title={dayLong(model.day)}
        summary={
          entry ? `${entry.author} · ${timeOrDay(entry.updatedAt)}` : "Nothing is written yet"
        }
        actions={
          <span className="s2-entry-status">
            {model.written ? (
              <Status tone="good" icon="check">
                Written
              </Status>
            ) : (
              <Status tone="idle">New</Status>
            )}
          </span>
        }
      >
        <div className="s2-stack">
          <div className="s2-entry-weather">
            <span className="s2-entry-sky" aria-hidden="true">
              <Icon name={weatherIcons[model.values.weather]} size={28} />
            </span>
            <Field label="Weather" required error={model.errors.weather}>
              {(control) => (
                <Select
                  {...control}
                  name="weather"
                  value={model.values.weather}
                  onChange={(event) => model.set({ weather: event.target.value as Weather })}
                >
                  {weathers.map((weather) => (
                    <option key={weather} value={weather}>
                      {weatherLabels[weather]}
                    </option>
                  ))}
                </Select>
              )}
            </Field>
            <Field label="Temperature (°C)" required error={model.errors.temperature}>
              {(control) => (
                <TextInput
                  {...control}
                  name="temperature"
                  inputMode="decimal"
                  autoComplete="off"
                  value={model.values.temperature}
                  onChange={(event) => model.set({ temperature: event.target.value })}
                />
              )}
            </Field>
          </div>
        </div>
      </Card>
      <Crew model={model} />
      <Plant model={model} />
      <Card title="The day">
        <div className="s2-stack">
          <Field
            label="Notes"
            optional
            hint="Progress, visitors, deliveries, instructions"
            error={model.errors.notes}
          >
            {(control) => (
              <TextArea
                {...control}
                name="notes"
                rows={4}
                value={model.values.notes}
                onChange={(event) => model.set({ notes: event.target.value })}
              />
            )}
          </Field>
          <Field
            label="Delays"
            optional
            hint="What stood still, and why"
            error={model.errors.delays}
          >
            {(control) => (
              <TextArea
                {...control}
                name="delays"
                rows={2}
                value={model.values.delays}
                onChange={(event) => model.set({ delays: event.target.value })}
              />
            )}
          </Field>
        </div>
      </Card>
      <div className="s2-form-foot">
        <DraftWord draft={model.draft} />
        <Button type="submit" variant="primary" busy={model.save.state === "sending"}>
          Save day
        </Button>
      </div>
    </form>
  )
}

/** Whole numbers that can be read; what is half typed counts as nothing. */
function sumOf(counts: readonly string[]): number {
  return counts.reduce((sum, count) => {
    const number = Number.parseInt(count, 10)
    return sum + (Number.isFinite(number) ? number : 0)
  }, 0)
}

function Crew({ model }: { readonly model: DiaryModel }): ReactElement {
  const { crew } = model.values
  return (
    <Card title="Crew" summary={plural(sumOf(crew.map((line) => line.count)), "worker")}>
      <div className="s2-lines">
        {crew.map((line, index) => {
          const number = index + 1
          return (
            // biome-ignore lint/suspicious/noArrayIndexKey: a line has no other identity than its place
            <div key={index} className="s2-line">
              <Field label={`Trade ${number}`}>
                {(control) => (
                  <TextInput
                    {...control}
                    name={`crew.${index}.trade`}
                    autoComplete="off"
                    value={line.trade}
                    onChange={(event) => model.setCrew(index, { trade: event.target.value })}
                  />
                )}
              </Field>
              <Field label={`Workers ${number}`}>
                {(control) => (
                  <TextInput
                    {...control}
                    name={`crew.${index}.count`}
                    inputMode="numeric"
                    autoComplete="off"
                    value={line.count}
                    onChange={(event) => model.setCrew(index, { count: event.target.value })}
                  />
                )}
              </Field>
              <IconButton
                icon="cross"
                label={`Remove crew ${number}`}
                onClick={() => model.removeCrew(index)}
              />
            </div>
          )
        })}
        {model.errors.crew && <LineError>{model.errors.crew}</LineError>}
        <Button variant="quiet" icon="plus" onClick={() => model.addCrew()}>
          Add crew
        </Button>
      </div>
    </Card>
  )
}

function Plant({ model }: { readonly model: DiaryModel }): ReactElement {
  const { plant } = model.values
  return (
    <Card title="Machines" summary={plural(plant.length, "machine")}>
      <div className="s2-lines">
        {plant.map((line, index) => {
          const number = index + 1
          return (
            // biome-ignore lint/suspicious/noArrayIndexKey: a line has no other identity than its place
            <div key={index} className="s2-line">
              <Field label={`Plant ${number}`}>
                {(control) => (
                  <TextInput
                    {...control}
                    name={`plant.${index}.name`}
                    autoComplete="off"
                    value={line.name}
                    onChange={(event) => model.setPlant(index, { name: event.target.value })}
                  />
                )}
              </Field>
              <Field label={`Hours ${number}`}>
                {(control) => (
                  <TextInput
                    {...control}
                    name={`plant.${index}.hours`}
                    inputMode="decimal"
                    autoComplete="off"
                    value={line.hours}
                    onChange={(event) => model.setPlant(index, { hours: event.target.value })}
                  />
                )}
              </Field>
              <IconButton
                icon="cross"
                label={`Remove plant ${number}`}
                onClick={() => model.removePlant(index)}
              />
            </div>
          )
        })}
        {model.errors.plant && <LineError>{model.errors.plant}</LineError>}
        <Button variant="quiet" icon="plus" onClick={() => model.addPlant()}>
          Add plant
        </Button>
      </div>
    </Card>
  )
}

function LineError({ children }: { readonly children: string }): ReactElement {
  return (
    <p className="s2-field-error" role="alert">
      <Icon name="warning" size={16} />
      {children}
    </p>
  )
}
