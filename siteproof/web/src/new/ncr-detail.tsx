import type { ReactElement, ReactNode } from "react"
import type { Disposition, Ncr, NcrEvent } from "../api/wire.ts"
import { Link } from "../app/link.tsx"
import {
  categoryLabels,
  dispositionLabels,
  dispositions,
  type MoveValues,
  type NcrModel,
  statusLabels,
  useNcr,
} from "../flows/ncr/model.ts"
import "./ncr.css"
import { Button } from "./kit/button.tsx"
import { Card } from "./kit/card.tsx"
import { Field, Select, TextArea } from "./kit/field.tsx"
import { dayShort, exact, plural, relative } from "./kit/format.ts"
import { Icon } from "./kit/icon.tsx"
import { Screen } from "./kit/screen.tsx"
import {
  DraftNotice,
  DraftWord,
  ErrorState,
  SaveNotice,
  Skeleton,
  StaleNotice,
} from "./kit/states.tsx"
import { Stepper } from "./kit/stepper.tsx"
import { DueDay, NcrStatusWord, SeverityStatus } from "./ncr-words.tsx"

/** One NCR on its way from raised to closed. */
export function NcrDetail({ id }: { readonly id: string }): ReactElement {
  const model = useNcr(id)
  const { ncr } = model
  const back = {
    label: "All NCRs",
    link: (children: ReactNode) => <Link href="/ncrs">{children}</Link>,
  }
  if (ncr.state !== "ready") {
    return (
      <Screen name="ncr-detail" title="NCR" back={back}>
        <Card>
          {ncr.state === "loading" ? (
            <Skeleton lines={8} />
          ) : (
            <ErrorState problem={ncr.problem} onRetry={model.reload} />
          )}
        </Card>
      </Screen>
    )
  }
  const report = ncr.value
  return (
    <Screen
      name="ncr-detail"
      title={
        <>
          <span className="s2-reference">{report.number}</span> {report.title}
        </>
      }
      summary={
        <span className="s2-meta">
          <SeverityStatus severity={report.severity} />
          <NcrStatusWord status={report.status} />
          <span>
            <Icon name="place" size={15} />
            {report.location}
          </span>
        </span>
      }
      back={back}
    >
      <div className="s2-notices">
        {ncr.stale && <StaleNotice at={ncr.at} />}
        <SaveNotice save={model.save} />
      </div>
      <Card>
        <Stepper
          label="Workflow"
          steps={model.stages.map((stage) => ({
            key: stage.status,
            label: statusLabels[stage.status],
            state: stage.at === "done" ? "done" : stage.at === "now" ? "current" : "upcoming",
            detail: stage.at === "next" ? undefined : reachedAt(report, stage.status),
          }))}
        />
      </Card>
      <div className="s2-columns">
        <div className="s2-stack">
          {model.steps.length > 0 && <NextStep model={model} />}
          <Findings report={report} />
        </div>
        <div className="s2-stack">
          <Facts report={report} />
          <Card title="History" summary={plural(report.history.length, "step")}>
            <Timeline events={report.history} />
          </Card>
        </div>
      </div>
    </Screen>
  )
}

/** When it last came into a state. */
function reachedAt(report: Ncr, status: Ncr["status"]): string | undefined {
  const event = [...report.history].reverse().find((one) => one.to === status)
  return event && `${dayShort(event.at)} · ${event.by}`
}

const moveLabels: Readonly<Record<keyof MoveValues, string>> = {
  note: "Note",
  rootCause: "Root cause",
  disposition: "Disposition",
  correctiveAction: "Corrective action",
}

/** The fields that the possible steps ask for, each once, in the order of the work. */
function neededFields(model: NcrModel): readonly (keyof MoveValues)[] {
  const needed = new Set(model.steps.flatMap((step) => step.needs))
  const order = ["rootCause", "disposition", "correctiveAction", "note"] as const
  return order.filter((field) => field === "note" || needed.has(field))
}

/** What has to be said to take the next step, and the buttons that take it. */
function NextStep({ model }: { readonly model: NcrModel }): ReactElement {
  const busy = model.save.state === "sending"
  return (
    <Card title="Next step">
      <form className="s2-stack" noValidate onSubmit={(event) => event.preventDefault()}>
        <DraftNotice draft={model.draft} />
        {neededFields(model).map((field) => (
          <MoveField key={field} model={model} field={field} />
        ))}
        <div className="s2-form-foot">
          <DraftWord draft={model.draft} />
          {model.steps.map((step) => (
            <Button
              key={step.to}
              variant={step.back ? "secondary" : "primary"}
              {...(step.back && { icon: "restore" as const })}
              disabled={busy}
              onClick={() => void model.move(step.to)}
            >
              {step.label}
            </Button>
          ))}
        </div>
      </form>
    </Card>
  )
}

function MoveField({
  model,
  field,
}: {
  readonly model: NcrModel
  readonly field: keyof MoveValues
}): ReactElement {
  const required = model.steps.some((step) => step.needs.includes(field))
  return (
    <Field
      label={moveLabels[field]}
      required={required}
      optional={!required}
      error={model.errors[field]}
    >
      {(control) =>
        field === "disposition" ? (
          <Select
            {...control}
            name={field}
            value={model.values.disposition}
            onChange={(event) => model.set({ disposition: event.target.value as Disposition | "" })}
          >
            <option value="">Choose …</option>
            {dispositions.map((disposition) => (
              <option key={disposition} value={disposition}>
                {dispositionLabels[disposition]}
              </option>
            ))}
          </Select>
        ) : (
          <TextArea
            {...control}
            name={field}
            rows={field === "note" ? 2 : 3}
            value={model.values[field]}
            onChange={(event) => model.set({ [field]: event.target.value })}
          />
        )
      }
    </Field>
  )
}

/** Everything that has been written about it so far. */
function Findings({ report }: { readonly report: Ncr }): ReactElement {
  const parts = [
    ["What was found", report.description],
    ["Done at once", report.immediateAction],
    ["Cause", report.rootCause],
    ["Decision", report.disposition && dispositionLabels[report.disposition]],
    ["Correction", report.correctiveAction],
    ["Verified by", report.verification],
  ] as const
  return (
    <Card title="Report">
      <dl className="s2-findings">
        {parts
          .filter(([, text]) => text !== "")
          .map(([title, text]) => (
            <div key={title}>
              <dt>{title}</dt>
              <dd>{text}</dd>
            </div>
          ))}
      </dl>
    </Card>
  )
}

function Facts({ report }: { readonly report: Ncr }): ReactElement {
  return (
    <Card title="At a glance">
      <dl className="s2-facts">
        <dt>With</dt>
        <dd>{report.assignee || "Nobody yet"}</dd>
        <dt>Deadline</dt>
        <dd>
          <DueDay ncr={report} />
        </dd>
        <dt>Kind</dt>
        <dd>{categoryLabels[report.category]}</dd>
        <dt>Raised</dt>
        <dd>
          {dayShort(report.raisedAt)} by {report.raisedBy}
        </dd>
      </dl>
    </Card>
  )
}

function Timeline({ events }: { readonly events: readonly NcrEvent[] }): ReactElement {
  return (
    <ol className="s2-timeline">
      {[...events].reverse().map((event) => (
        <li key={event.id}>
          <p>
            <strong>{statusLabels[event.to]}</strong>
            <time dateTime={event.at} title={exact(event.at)}>
              {relative(event.at)}
            </time>
          </p>
          <p className="s2-muted">{event.by}</p>
          {event.note && <p>{event.note}</p>}
        </li>
      ))}
    </ol>
  )
}
