import type { FormEvent, ReactElement } from "react"
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
import { Button, Field, Options, Panel, Restored, Saved, Screen } from "./parts.tsx"

/** The form that raises an NCR. */
export function NcrForm(): ReactElement {
  const form = useNcrForm()
  const saved = form.save.state === "sent" || form.save.state === "queued"
  return (
    <Screen name="ncr-form" title="Raise an NCR" actions={<Link href="/ncrs">All NCRs</Link>}>
      <Restored draft={form.draft} />
      <Saved
        save={form.save}
        sent={form.raised === undefined ? "Saved." : `${form.raised.number} raised.`}
      />
      {saved ? <Button onClick={form.again}>Raise another</Button> : <Fields form={form} />}
    </Screen>
  )
}

function Fields({ form }: { readonly form: NcrFormModel }): ReactElement {
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    void form.submit()
  }
  return (
    <form noValidate onSubmit={submit}>
      <Panel title="What was found">
        <div className="o-form">
          <Text form={form} name="title" label="Title" required />
          <Text form={form} name="location" label="Location" required />
          <Field label="Severity" required error={form.errors.severity}>
            {(control) => (
              <select
                {...control}
                name="severity"
                value={form.values.severity}
                onBlur={() => form.leave("severity")}
                onChange={(event) =>
                  form.set({ severity: event.target.value as NcrValues["severity"] })
                }
              >
                <option value="">Choose …</option>
                <Options values={severities} labels={severityLabels} />
              </select>
            )}
          </Field>
          <Field label="Category" required error={form.errors.category}>
            {(control) => (
              <select
                {...control}
                name="category"
                value={form.values.category}
                onBlur={() => form.leave("category")}
                onChange={(event) =>
                  form.set({ category: event.target.value as NcrValues["category"] })
                }
              >
                <option value="">Choose …</option>
                <Options values={categories} labels={categoryLabels} />
              </select>
            )}
          </Field>
          <Long form={form} name="description" label="Description" required />
          <Long form={form} name="immediateAction" label="Immediate action" />
        </div>
      </Panel>
      <Panel title="Follow-up">
        <div className="o-form">
          <Long form={form} name="rootCause" label="Root cause" />
          <Field label="Assigned to" error={form.errors.assignee}>
            {(control) => (
              <select
                {...control}
                name="assignee"
                value={form.values.assignee}
                onBlur={() => form.leave("assignee")}
                onChange={(event) => form.set({ assignee: event.target.value })}
              >
                <option value="">Nobody yet</option>
                {form.people.map((person) => (
                  <option key={person} value={person}>
                    {person}
                  </option>
                ))}
              </select>
            )}
          </Field>
          <Text form={form} name="dueOn" label="Due date" type="date" />
        </div>
      </Panel>
      <div className="o-buttons">
        <Button main submit disabled={form.save.state === "sending"}>
          Raise NCR
        </Button>
        {form.draft.restoredAt === undefined ? (
          <Button onClick={form.draft.discard}>Discard</Button>
        ) : null}
        <span className="o-soft" role="status">
          {form.draft.status === "saved" ? "Draft kept on this device" : ""}
        </span>
      </div>
    </form>
  )
}

type TextKey = "title" | "location" | "description" | "immediateAction" | "rootCause" | "dueOn"

interface TextProps {
  readonly form: NcrFormModel
  readonly name: TextKey
  readonly label: string
  readonly required?: boolean
  readonly type?: string
}

function Text({ form, name, label, required, type }: TextProps): ReactElement {
  return (
    <Field label={label} required={required === true} error={form.errors[name]}>
      {(control) => (
        <input
          {...control}
          name={name}
          type={type ?? "text"}
          value={form.values[name]}
          onBlur={() => form.leave(name)}
          onChange={(event) => form.set({ [name]: event.target.value })}
        />
      )}
    </Field>
  )
}

function Long({ form, name, label, required }: TextProps): ReactElement {
  return (
    <Field label={label} required={required === true} wide error={form.errors[name]}>
      {(control) => (
        <textarea
          {...control}
          name={name}
          value={form.values[name]}
          onBlur={() => form.leave(name)}
          onChange={(event) => form.set({ [name]: event.target.value })}
        />
      )}
    </Field>
  )
}
