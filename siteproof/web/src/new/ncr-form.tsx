import { useFlag } from "@belay/react"
import { type ReactElement, type ReactNode, useEffect, useRef, useState } from "react"
import { Link } from "../app/link.tsx"
import {
  categories,
  categoryLabels,
  type NcrFormModel,
  type NcrValues,
  severities,
  severityLabels,
  useNcrForm,
} from "../flows/ncr/model.ts"
import "./ncr.css"
import { Button, buttonClass } from "./kit/button.tsx"
import { Card } from "./kit/card.tsx"
import { Field, Select, TextArea, TextInput } from "./kit/field.tsx"
import { Icon } from "./kit/icon.tsx"
import { Screen } from "./kit/screen.tsx"
import { DraftNotice, DraftWord, EmptyState, SaveNotice } from "./kit/states.tsx"
import { SeverityMatrix } from "./severity-matrix.tsx"

/** Raises an NCR: what was found, how serious it is, who deals with it. */
export function NcrForm(): ReactElement {
  const form = useNcrForm()
  const fault = useFlag("siteproof-fault", "none")
  const faulty = fault === "ncr-form-throws"
  const [struck, setStruck] = useState(false)
  const [tries, setTries] = useState(0)
  const whole = useRef<HTMLFormElement>(null)
  // After a try that was not taken, go to the first field that asks for something.
  useEffect(() => {
    if (tries > 0) whole.current?.querySelector<HTMLElement>("[aria-invalid=true]")?.focus()
  }, [tries])
  const kept = form.save.state === "sent" || form.save.state === "queued"
  return (
    <Screen
      name="ncr-form"
      title="Raise an NCR"
      summary="Say what does not conform, so that someone who was not there can find it."
      // The receipt has its own way back.
      {...(!kept && {
        back: {
          label: "All NCRs",
          link: (children: ReactNode) => <Link href="/ncrs">{children}</Link>,
        },
      })}
    >
      {kept ? (
        <Receipt form={form} />
      ) : (
        <form
          ref={whole}
          className="s2-columns"
          noValidate
          // The deliberate fault starts with the next key after the flag has come, not with what was typed before.
          onInput={() => {
            if (faulty) setStruck(true)
          }}
          onSubmit={(event) => {
            event.preventDefault()
            setTries(tries + 1)
            void form.submit()
          }}
        >
          <div className="s2-stack">
            <div className="s2-notices">
              <DraftNotice draft={form.draft} />
              <SaveNotice save={form.save} />
            </div>
            <WhatWasFound form={form} />
            <HowSerious form={form} />
            <WhatHappensNext form={form} />
            <div className="s2-form-foot">
              <DraftWord draft={form.draft} />
              <Button type="submit" variant="primary" busy={form.save.state === "sending"}>
                Raise NCR
              </Button>
            </div>
          </div>
          <aside className="s2-form-aside">
            <SeverityMatrix severity={form.values.severity} faulty={faulty && struck} />
          </aside>
        </form>
      )}
    </Screen>
  )
}

interface Part {
  readonly form: NcrFormModel
}

/** What every control of this form needs besides its own label. */
function bind(
  form: NcrFormModel,
  name: keyof NcrValues,
): {
  readonly name: keyof NcrValues
  readonly value: string
  onBlur(): void
  onChange(event: { readonly target: { readonly value: string } }): void
} {
  return {
    name,
    value: form.values[name],
    onBlur: () => form.leave(name),
    onChange: (event) => form.set({ [name]: event.target.value }),
  }
}

function WhatWasFound({ form }: Part): ReactElement {
  return (
    <Card title="What was found">
      <div className="s2-stack">
        <Field label="Title" required error={form.errors.title}>
          {(control) => (
            <TextInput {...control} {...bind(form, "title")} maxLength={200} autoComplete="off" />
          )}
        </Field>
        <Field
          label="Location"
          required
          hint="Level, grid line or room"
          error={form.errors.location}
        >
          {(control) => (
            <TextInput
              {...control}
              {...bind(form, "location")}
              maxLength={200}
              autoComplete="off"
            />
          )}
        </Field>
        <Field
          label="Description"
          required
          hint="What you see, where exactly, how much of it, and what was specified"
          error={form.errors.description}
        >
          {(control) => <TextArea {...control} {...bind(form, "description")} rows={5} />}
        </Field>
        <Field
          label="Immediate action"
          optional
          hint="What has been done already to make it safe"
          error={form.errors.immediateAction}
        >
          {(control) => <TextArea {...control} {...bind(form, "immediateAction")} rows={2} />}
        </Field>
      </div>
    </Card>
  )
}

function HowSerious({ form }: Part): ReactElement {
  return (
    <Card title="How serious it is">
      <div className="s2-stack">
        <div className="s2-pair">
          <Field label="Severity" required error={form.errors.severity}>
            {(control) => (
              <Select {...control} {...bind(form, "severity")}>
                <option value="">Choose …</option>
                {severities.map((severity) => (
                  <option key={severity} value={severity}>
                    {severityLabels[severity]}
                  </option>
                ))}
              </Select>
            )}
          </Field>
          <Field label="Category" required error={form.errors.category}>
            {(control) => (
              <Select {...control} {...bind(form, "category")}>
                <option value="">Choose …</option>
                {categories.map((category) => (
                  <option key={category} value={category}>
                    {categoryLabels[category]}
                  </option>
                ))}
              </Select>
            )}
          </Field>
        </div>
        <Field
          label="Root cause"
          optional
          hint="If it is known already; the investigation can add it"
          error={form.errors.rootCause}
        >
          {(control) => <TextArea {...control} {...bind(form, "rootCause")} rows={2} />}
        </Field>
      </div>
    </Card>
  )
}

function WhatHappensNext({ form }: Part): ReactElement {
  return (
    <Card title="Who deals with it">
      <div className="s2-pair">
        <Field label="Assigned to" optional error={form.errors.assignee}>
          {(control) => (
            <Select {...control} {...bind(form, "assignee")}>
              <option value="">Nobody yet</option>
              {form.people.map((person) => (
                <option key={person} value={person}>
                  {person}
                </option>
              ))}
            </Select>
          )}
        </Field>
        <Field label="Due date" optional error={form.errors.dueOn}>
          {(control) => <TextInput {...control} {...bind(form, "dueOn")} type="date" />}
        </Field>
      </div>
    </Card>
  )
}

/** After it was saved: what became of it and where to go from here. */
function Receipt({ form }: Part): ReactElement {
  const { raised } = form
  const queued = form.save.state === "queued"
  return (
    <Card>
      <div role="status">
        <EmptyState
          icon={queued ? "sending" : "check"}
          title={queued ? "Saved on this device." : raised ? `${raised.number} raised.` : "Saved."}
          action={
            <div className="s2-bar">
              <Link className={buttonClass({ variant: "primary" })} href="/ncrs">
                <Icon name="list" />
                <span>All NCRs</span>
              </Link>
              <Button icon="plus" onClick={() => form.again()}>
                Raise another
              </Button>
            </div>
          }
        >
          {queued
            ? "It will be sent when the connection is back."
            : raised
              ? raised.title
              : "The server has taken it."}
        </EmptyState>
      </div>
    </Card>
  )
}
