import type { ReactElement, ReactNode } from "react"
import type { ItemResult } from "../api/wire.ts"
import { Link } from "../app/link.tsx"
import {
  type ItpLine,
  type ItpModel,
  kindLabels,
  resultLabels,
  useItp,
} from "../flows/itp/model.ts"
import "./itp.css"
import { ItpStatusWord, ResultWord } from "./itp-words.tsx"
import { Button } from "./kit/button.tsx"
import { Card } from "./kit/card.tsx"
import { Progress } from "./kit/charts.tsx"
import { Dialog } from "./kit/dialog.tsx"
import { Field, TextArea } from "./kit/field.tsx"
import { dayShort, exact, timeOrDay } from "./kit/format.ts"
import { Icon, type IconName } from "./kit/icon.tsx"
import { Screen } from "./kit/screen.tsx"
import { SignaturePad } from "./kit/signature-pad.tsx"
import { DraftNotice, ErrorState, SaveNotice, Skeleton, StaleNotice } from "./kit/states.tsx"
import { Status } from "./kit/status.tsx"

/** One plan: its items are inspected in order, hold points are signed before the work goes on. */
export function ItpForm({ id }: { readonly id: string }): ReactElement {
  const model = useItp(id)
  const { itp } = model
  if (itp.state !== "ready") {
    return (
      <Screen name="itp-form" title="Inspection and test plan" narrow>
        <Card>
          {itp.state === "loading" ? (
            <Skeleton lines={8} />
          ) : (
            <ErrorState problem={itp.problem} onRetry={model.reload} />
          )}
        </Card>
      </Screen>
    )
  }
  const plan = itp.value
  const done = model.lines.filter((line) => line.result !== "open" || line.signature).length
  return (
    <Screen
      name="itp-form"
      narrow
      title={
        <>
          <span className="s2-reference">{plan.number}</span> {plan.title}
        </>
      }
      summary={
        <span className="s2-meta">
          <ItpStatusWord status={plan.status} />
          <span>
            <Icon name="place" size={15} />
            {plan.location}
          </span>
          <span>{plan.trade}</span>
        </span>
      }
      back={{
        label: "All plans",
        link: (children: ReactNode) => (
          <Link href={`/projects/${plan.projectId}/itps`}>{children}</Link>
        ),
      }}
    >
      <div className="s2-itp-sum">
        <Progress label="Inspected" done={done} total={model.lines.length} />
        <span className="s2-number">
          {done} of {model.lines.length} done
        </span>
      </div>
      <div className="s2-notices">
        {itp.stale && <StaleNotice at={itp.at} />}
        <DraftNotice draft={model.draft} />
        <SaveNotice save={model.save} />
      </div>
      <ol className="s2-items">
        {model.lines.map((line) => (
          <Item key={line.id} line={line} model={model} />
        ))}
      </ol>
      {model.signing && <Signing line={model.signing} model={model} />}
    </Screen>
  )
}

type ItemState = "done" | "failed" | "ready" | "locked"

function stateOf(line: ItpLine): ItemState {
  if (line.result === "fail") return "failed"
  if (line.result !== "open" || line.signature) return "done"
  return line.blocked === "" ? "ready" : "locked"
}

const markIcons: Readonly<Record<ItemState, IconName | undefined>> = {
  done: "check",
  failed: "cross",
  ready: undefined,
  locked: undefined,
}

function Item({ line, model }: { readonly line: ItpLine; readonly model: ItpModel }): ReactElement {
  const state = stateOf(line)
  const icon = markIcons[state] ?? (line.kind === "hold" ? "hold" : undefined)
  return (
    <li className="s2-item" data-state={state} data-kind={line.kind}>
      <span className="s2-item-mark" aria-hidden="true">
        {icon ? <Icon name={icon} size={18} /> : line.position}
      </span>
      {/* biome-ignore lint/a11y/useSemanticElements: a legend cannot be a heading that lies in the grid */}
      <div role="group" className="s2-item-body" aria-labelledby={`s2-${line.id}`}>
        <h2 id={`s2-${line.id}`}>{line.activity}</h2>
        <div className="s2-meta">
          {line.kind !== "inspection" && (
            <Status tone={line.kind === "hold" ? "warn" : "info"}>{kindLabels[line.kind]}</Status>
          )}
          {line.kind !== "hold" && <ResultWord result={line.result} />}
          {line.queued && (
            <Status tone="warn" icon="sending">
              Waiting to be sent
            </Status>
          )}
          <span>{line.reference}</span>
          {line.plannedOn && state !== "done" && (
            <span>
              <Icon name="calendar" size={15} />
              Planned {dayShort(line.plannedOn)}
            </span>
          )}
        </div>
        <p className="s2-item-acceptance">{line.acceptance}</p>
        {line.inspectedAt && !line.signature && (
          <p className="s2-item-by" title={exact(line.inspectedAt)}>
            {line.inspectedBy} · {timeOrDay(line.inspectedAt)}
            {line.note && <q>{line.note}</q>}
          </p>
        )}
        {line.signature ? (
          <Signed line={line} />
        ) : line.kind === "hold" ? (
          <HoldPoint line={line} model={model} />
        ) : (
          <Inspection line={line} model={model} />
        )}
      </div>
    </li>
  )
}

const results = ["pass", "fail", "na"] as const
const resultIcons: Readonly<Record<(typeof results)[number], IconName | undefined>> = {
  pass: "check",
  fail: "cross",
  na: undefined,
}

function Inspection({
  line,
  model,
}: {
  readonly line: ItpLine
  readonly model: ItpModel
}): ReactElement {
  if (line.blocked !== "") return <Blocked why={line.blocked} />
  const typed = model.notes[line.id] ?? ""
  return (
    <div className="s2-item-work">
      <Field label={`Note for ${line.activity}`}>
        {(control) => (
          <TextArea
            {...control}
            name={`note-${line.id}`}
            rows={1}
            placeholder="Note: readings, instruments, what was seen"
            value={typed}
            onChange={(event) => model.setNote(line.id, event.target.value)}
          />
        )}
      </Field>
      <div className="s2-results">
        {results.map((result) => (
          <button
            key={result}
            type="button"
            data-result={result}
            aria-pressed={line.result === result}
            onClick={() => void model.record(line.id, result satisfies ItemResult)}
          >
            {resultIcons[result] && <Icon name={resultIcons[result]} size={18} />}
            {resultLabels[result]}
          </button>
        ))}
      </div>
    </div>
  )
}

function HoldPoint({
  line,
  model,
}: {
  readonly line: ItpLine
  readonly model: ItpModel
}): ReactElement {
  return (
    <div className="s2-item-hold">
      <Button
        icon="pen"
        variant={line.signable ? "primary" : "secondary"}
        disabled={!line.signable}
        onClick={() => model.openSigning(line.id)}
      >
        Sign hold point
      </Button>
      {line.blocked !== "" && <Blocked why={line.blocked} />}
    </div>
  )
}

function Blocked({ why }: { readonly why: string }): ReactElement {
  return (
    <p className="s2-item-blocked">
      <Icon name="hold" size={16} />
      {why}
    </p>
  )
}

function Signed({ line }: { readonly line: ItpLine }): ReactElement | null {
  const { signature } = line
  if (!signature) return null
  return (
    <figure className="s2-signed">
      {signature.kind === "drawn" && signature.image ? (
        <img src={signature.image} alt={`Signature of ${signature.name}`} />
      ) : (
        <span className="s2-signed-typed" aria-hidden="true">
          {signature.name}
        </span>
      )}
      <figcaption>
        Signed by <strong>{signature.name}</strong>
        <time dateTime={signature.at} title={exact(signature.at)}>
          {timeOrDay(signature.at)}
        </time>
      </figcaption>
    </figure>
  )
}

function Signing({
  line,
  model,
}: {
  readonly line: ItpLine
  readonly model: ItpModel
}): ReactElement {
  return (
    <Dialog
      title="Sign hold point"
      summary={line.activity}
      onClose={model.closeSigning}
      footer={
        <>
          <Button onClick={() => model.closeSigning()}>Cancel</Button>
          <Button
            variant="primary"
            busy={model.save.state === "sending"}
            onClick={() => void model.sign()}
          >
            Sign
          </Button>
        </>
      }
    >
      <p className="s2-item-acceptance">{line.acceptance}</p>
      {model.save.state === "refused" && <SaveNotice save={model.save} />}
      <SignaturePad
        value={model.signature}
        errors={model.signatureErrors}
        onChange={model.setSignature}
      />
      <p className="s2-muted s2-sign-note">
        With your signature the work behind this point may go on. It is kept with your name and the
        time.
      </p>
    </Dialog>
  )
}
