import type { ReactElement } from "react"
import type { Ncr } from "../api/wire.ts"
import { Link } from "../app/link.tsx"
import {
  categoryLabels,
  dispositionLabels,
  dispositions,
  type MoveValues,
  type NcrModel,
  severityLabels,
  statusLabels,
  useNcr,
} from "../flows/ncr/model.ts"
import { severityTone } from "./ncr-list.tsx"
import {
  Button,
  date,
  Field,
  Loaded,
  moment,
  Options,
  Panel,
  Restored,
  Saved,
  Screen,
  Tag,
} from "./parts.tsx"

/** One NCR with its workflow. */
export function NcrDetail(props: { readonly id: string }): ReactElement {
  const model = useNcr(props.id)
  const title =
    model.ncr.state === "ready" ? `${model.ncr.value.number} ${model.ncr.value.title}` : "NCR"
  return (
    <Screen name="ncr-detail" title={title} actions={<Link href="/ncrs">All NCRs</Link>}>
      <Loaded of={model.ncr} reload={model.reload} rows={12}>
        {(ncr) => (
          <>
            <ol className="o-steps">
              {model.stages.map((stage) => (
                <li
                  key={stage.status}
                  data-at={stage.at}
                  aria-current={stage.at === "now" ? "step" : undefined}
                >
                  {statusLabels[stage.status]}
                </li>
              ))}
            </ol>
            <Restored draft={model.draft} />
            <Saved save={model.save} />
            <Move model={model} />
            <Facts ncr={ncr} />
            <History ncr={ncr} />
          </>
        )}
      </Loaded>
    </Screen>
  )
}

function Move({ model }: { readonly model: NcrModel }): ReactElement | null {
  if (model.steps.length === 0) return null
  const needed = new Set<keyof MoveValues>(["note", ...model.steps.flatMap((step) => step.needs)])
  const long = (
    name: "note" | "rootCause" | "correctiveAction",
    label: string,
  ): ReactElement | null =>
    needed.has(name) ? (
      <Field label={label} wide error={model.errors[name]}>
        {(control) => (
          <textarea
            {...control}
            name={name}
            value={model.values[name]}
            onChange={(event) => model.set({ [name]: event.target.value })}
          />
        )}
      </Field>
    ) : null
  return (
    <Panel title="Next step">
      <div className="o-form">
        {long("rootCause", "Root cause")}
        {needed.has("disposition") ? (
          <Field label="Disposition" error={model.errors.disposition}>
            {(control) => (
              <select
                {...control}
                name="disposition"
                value={model.values.disposition}
                onChange={(event) =>
                  model.set({ disposition: event.target.value as MoveValues["disposition"] })
                }
              >
                <option value="">Choose …</option>
                <Options values={dispositions} labels={dispositionLabels} />
              </select>
            )}
          </Field>
        ) : null}
        {long("correctiveAction", "Corrective action")}
        {long("note", "Note")}
        <div className="o-buttons o-wide">
          {model.steps.map((step) => (
            <Button
              key={step.to}
              main={!step.back}
              disabled={model.save.state === "sending"}
              onClick={() => void model.move(step.to)}
            >
              {step.label}
            </Button>
          ))}
        </div>
      </div>
    </Panel>
  )
}

function Facts({ ncr }: { readonly ncr: Ncr }): ReactElement {
  const facts: readonly (readonly [string, string])[] = [
    ["Location", ncr.location],
    ["Category", categoryLabels[ncr.category]],
    ["Found", ncr.description],
    ["Done at once", ncr.immediateAction],
    ["Cause", ncr.rootCause],
    ["Decision", ncr.disposition === "" ? "" : dispositionLabels[ncr.disposition]],
    ["Correction", ncr.correctiveAction],
    ["Verified", ncr.verification],
    ["Raised", `${moment(ncr.raisedAt)} by ${ncr.raisedBy}`],
    ["With", ncr.assignee],
    ["Due", ncr.dueOn === "" ? "" : date(ncr.dueOn)],
  ]
  return (
    <Panel
      title="Report"
      tools={<Tag tone={severityTone[ncr.severity]}>{severityLabels[ncr.severity]}</Tag>}
    >
      <dl className="o-facts">
        {facts
          .filter(([, text]) => text !== "")
          .map(([term, text]) => (
            <div key={term} style={{ display: "contents" }}>
              <dt>{term}</dt>
              <dd>{text}</dd>
            </div>
          ))}
      </dl>
    </Panel>
  )
}

function History({ ncr }: { readonly ncr: Ncr }): ReactElement {
  return (
    <Panel title="History">
      <ul className="o-list">
        {ncr.history.map((event) => (
          <li key={event.id}>
            <strong>{statusLabels[event.to]}</strong>{" "}
            <span className="o-soft">
              {moment(event.at)} · {event.by}
            </span>
            {event.note === "" ? null : <div>{event.note}</div>}
          </li>
        ))}
      </ul>
    </Panel>
  )
}
