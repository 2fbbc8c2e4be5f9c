import type { ReactElement } from "react"
import type { ItemResult } from "../api/wire.ts"
import { Link } from "../app/link.tsx"
import {
  type ItpLine,
  type ItpModel,
  kindLabels,
  resultLabels,
  useItp,
} from "../flows/itp/model.ts"
import {
  Button,
  Field,
  Loaded,
  moment,
  Panel,
  Restored,
  Saved,
  Screen,
  Tag,
  type Tone,
} from "./parts.tsx"
import { SignDialog } from "./sign-dialog.tsx"

const tone: Readonly<Record<ItemResult, Tone>> = {
  open: "plain",
  pass: "good",
  fail: "bad",
  na: "plain",
}

/** One inspection and test plan with its hold points. */
export function ItpForm(props: { readonly id: string }): ReactElement {
  const model = useItp(props.id)
  const title =
    model.itp.state === "ready" ? `${model.itp.value.number} ${model.itp.value.title}` : "Plan"
  return (
    <Screen
      name="itp-form"
      title={title}
      actions={
        model.itp.state === "ready" ? (
          <Link href={`/projects/${model.itp.value.projectId}/itps`}>All plans</Link>
        ) : null
      }
    >
      <Loaded of={model.itp} reload={model.reload} rows={12}>
        {(itp) => (
          <>
            <p className="o-soft">
              {itp.trade} · {itp.location} · {itp.itemsDone} of {itp.itemsTotal} done ·{" "}
              {itp.holdsOpen === 1 ? "1 hold point" : `${itp.holdsOpen} hold points`} open
            </p>
            <Restored draft={model.draft} />
            <Saved save={model.save} />
            {model.lines.map((line) => (
              <Line key={line.id} line={line} model={model} />
            ))}
          </>
        )}
      </Loaded>
      {model.signing === undefined ? null : <SignDialog model={model} line={model.signing} />}
    </Screen>
  )
}

function Line({ line, model }: { readonly line: ItpLine; readonly model: ItpModel }): ReactElement {
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset cannot hold the panel's header
    <div role="group" aria-label={line.activity}>
      <Panel
        title={`${line.position}. ${line.activity}`}
        tools={
          <span className="o-buttons">
            <Tag tone={line.kind === "hold" ? "bad" : "plain"}>{kindLabels[line.kind]}</Tag>
            <Tag tone={tone[line.result]}>{resultLabels[line.result]}</Tag>
            {line.queued ? <Tag tone="warn">Waiting to be sent</Tag> : null}
          </span>
        }
      >
        <p>
          {line.acceptance} <span className="o-soft">{line.reference}</span>
        </p>
        {line.kind === "hold" ? <Hold line={line} model={model} /> : null}
        {line.kind === "hold" && line.signature !== null ? null : (
          <Inspect line={line} model={model} />
        )}
        {line.blocked === "" ? null : <p className="o-soft">{line.blocked}</p>}
        {line.inspectedAt === "" ? null : (
          <p className="o-soft">
            {line.inspectedBy}, {moment(line.inspectedAt)}
            {line.note === "" ? "" : `: ${line.note}`}
          </p>
        )}
      </Panel>
    </div>
  )
}

function Inspect({
  line,
  model,
}: {
  readonly line: ItpLine
  readonly model: ItpModel
}): ReactElement {
  const result = (value: ItemResult): ReactElement => (
    <Button
      pressed={line.result === value}
      disabled={!line.open}
      onClick={() => void model.record(line.id, value)}
    >
      {resultLabels[value]}
    </Button>
  )
  return (
    <div className="o-form">
      <Field label={`Note for ${line.activity}`} wide>
        {(control) => (
          <input
            {...control}
            name={`note-${line.id}`}
            disabled={!line.open}
            value={model.notes[line.id] ?? ""}
            onChange={(event) => model.setNote(line.id, event.target.value)}
          />
        )}
      </Field>
      <div className="o-buttons o-wide">
        {result("pass")}
        {result("fail")}
        {result("na")}
      </div>
    </div>
  )
}

function Hold({ line, model }: { readonly line: ItpLine; readonly model: ItpModel }): ReactElement {
  if (line.signature === null) {
    return (
      <p>
        <Button main disabled={!line.signable} onClick={() => model.openSigning(line.id)}>
          Sign hold point
        </Button>
      </p>
    )
  }
  return (
    <p>
      Released by <strong>{line.signature.name}</strong>, {moment(line.signature.at)}{" "}
      {line.signature.image === "" ? null : (
        <img
          src={line.signature.image}
          alt={`Signature of ${line.signature.name}`}
          height={40}
          style={{ background: "#fff" }}
        />
      )}
    </p>
  )
}
