import { usePreference } from "@belay/react"
import type { ReactElement } from "react"
import type { NcrStatus, NcrSummary } from "../api/wire.ts"
import { Link } from "../app/link.tsx"
import {
  type NcrFilter,
  type NcrListModel,
  severities,
  severityLabels,
  statuses,
  statusLabels,
  useNcrList,
} from "../flows/ncr/model.ts"
import "./ncr.css"
import { Button, buttonClass } from "./kit/button.tsx"
import { Card } from "./kit/card.tsx"
import { Field, Select, TextInput } from "./kit/field.tsx"
import { plural } from "./kit/format.ts"
import { Icon } from "./kit/icon.tsx"
import { Screen } from "./kit/screen.tsx"
import { Segmented } from "./kit/segmented.tsx"
import { EmptyState, ErrorState, Notice, Skeleton, StaleNotice } from "./kit/states.tsx"
import { Count } from "./kit/status.tsx"
import { type Column, Table } from "./kit/table.tsx"
import { DueDay, NcrStatusWord, SeverityStatus } from "./ncr-words.tsx"

const views = [
  { value: "list", label: "List", icon: "list" },
  { value: "board", label: "Board", icon: "board" },
] as const

/** The NCRs of a project, as a list or as a board by state. */
export function NcrList(): ReactElement {
  const model = useNcrList()
  const [stored, setView] = usePreference<string>("ncr-view", "list")
  const view = stored === "board" ? "board" : "list"
  const { ncrs, counts, filter } = model
  const open = statuses.reduce((sum, one) => sum + (one === "closed" ? 0 : counts[one]), 0)
  return (
    <Screen
      name="ncr-list"
      title="Non-conformance reports"
      summary={ncrs.state === "ready" ? `${open} open · ${counts.closed} closed` : " "}
      actions={
        <Link className={buttonClass({ variant: "primary" })} href="/ncrs/new">
          <Icon name="plus" />
          <span>Raise NCR</span>
        </Link>
      }
    >
      <Filters model={model} view={view} setView={setView} />
      <div className="s2-notices">
        {ncrs.state === "ready" && ncrs.stale && <StaleNotice at={ncrs.at} />}
        {model.waiting.map((one) => (
          <Notice key={one.id} tone="warn" icon="sending">
            <strong>{one.title}</strong> is saved on this device and will be sent when the
            connection is back.
          </Notice>
        ))}
      </div>
      {ncrs.state === "loading" && (
        <Card flush>
          <Skeleton lines={8} tall />
        </Card>
      )}
      {ncrs.state === "error" && (
        <Card>
          <ErrorState problem={ncrs.problem} onRetry={model.reload} />
        </Card>
      )}
      {ncrs.state === "ready" &&
        (ncrs.value.length === 0 ? (
          <NoneFound filter={filter} any={open + counts.closed > 0} onClear={model.setFilter} />
        ) : view === "board" ? (
          <Board ncrs={ncrs.value} filter={filter} />
        ) : (
          <Card flush>
            <Table
              caption={plural(ncrs.value.length, "NCR")}
              columns={columns}
              rows={ncrs.value}
              rowKey={(ncr) => ncr.id}
            />
          </Card>
        ))}
    </Screen>
  )
}

const columns: readonly Column<NcrSummary>[] = [
  {
    key: "title",
    title: "NCR",
    cell: (ncr) => (
      <div className="s2-ncr-name">
        <Link href={`/ncrs/${ncr.id}`}>
          <span className="s2-reference">{ncr.number}</span> {ncr.title}
        </Link>
        <span className="s2-meta">
          <span>
            <Icon name="place" size={15} />
            {ncr.location}
          </span>
        </span>
      </div>
    ),
  },
  { key: "severity", title: "Severity", cell: (ncr) => <SeverityStatus severity={ncr.severity} /> },
  { key: "status", title: "Status", cell: (ncr) => <NcrStatusWord status={ncr.status} /> },
  {
    key: "assignee",
    title: "Assigned to",
    wideOnly: true,
    cell: (ncr) => ncr.assignee || <span className="s2-muted">Nobody yet</span>,
  },
  { key: "due", title: "Due", cell: (ncr) => <DueDay ncr={ncr} /> },
]

function Filters({
  model,
  view,
  setView,
}: {
  readonly model: NcrListModel
  readonly view: "list" | "board"
  setView(view: string): void
}): ReactElement {
  const { filter, counts } = model
  const all = statuses.reduce((sum, one) => sum + counts[one], 0)
  return (
    <div className="s2-filters">
      <Field label="Search">
        {(control) => (
          <TextInput
            {...control}
            type="search"
            name="text"
            placeholder="Number, title, place or person"
            value={filter.text}
            onChange={(event) => model.setFilter({ text: event.target.value })}
          />
        )}
      </Field>
      <Field label="Status">
        {(control) => (
          <Select
            {...control}
            name="status"
            value={filter.status}
            onChange={(event) =>
              model.setFilter({ status: event.target.value as NcrFilter["status"] })
            }
          >
            <option value="open">All open ({all - counts.closed})</option>
            <option value="all">All ({all})</option>
            {statuses.map((status) => (
              <option key={status} value={status}>
                {statusLabels[status]} ({counts[status]})
              </option>
            ))}
          </Select>
        )}
      </Field>
      <Field label="Severity">
        {(control) => (
          <Select
            {...control}
            name="severity"
            value={filter.severity}
            onChange={(event) =>
              model.setFilter({ severity: event.target.value as NcrFilter["severity"] })
            }
          >
            <option value="all">All</option>
            {severities.map((severity) => (
              <option key={severity} value={severity}>
                {severityLabels[severity]}
              </option>
            ))}
          </Select>
        )}
      </Field>
      <div className="s2-filters-end">
        <Segmented legend="View" options={views} value={view} onChoose={setView} />
      </div>
    </div>
  )
}

function NoneFound({
  filter,
  any,
  onClear,
}: {
  readonly filter: NcrFilter
  readonly any: boolean
  onClear(patch: Partial<NcrFilter>): void
}): ReactElement {
  const filtered = filter.text !== "" || filter.severity !== "all" || filter.status !== "open"
  return (
    <Card>
      {any && filtered ? (
        <EmptyState
          icon="search"
          title="No NCR fits"
          action={
            <Button onClick={() => onClear({ text: "", status: "all", severity: "all" })}>
              Show all
            </Button>
          }
        >
          Nothing has this text, state and severity together.
        </EmptyState>
      ) : (
        <EmptyState icon="check" title={any ? "Nothing is open" : "No NCR has been raised"}>
          When work does not conform, raise an NCR: it is followed from here until it is verified
          and closed.
        </EmptyState>
      )}
    </Card>
  )
}

/** The states that the filter leaves, as columns. */
function shownStates(filter: NcrFilter["status"]): readonly NcrStatus[] {
  if (filter === "all") return statuses
  if (filter === "open") return statuses.filter((status) => status !== "closed")
  return [filter]
}

function Board({
  ncrs,
  filter,
}: {
  readonly ncrs: readonly NcrSummary[]
  readonly filter: NcrFilter
}): ReactElement {
  return (
    <div className="s2-board">
      {shownStates(filter.status).map((status) => {
        const here = ncrs.filter((ncr) => ncr.status === status)
        return (
          <section key={status}>
            <h2>
              {statusLabels[status]} <Count>{here.length}</Count>
            </h2>
            <ul>
              {here.map((ncr) => (
                <li key={ncr.id}>
                  <Link href={`/ncrs/${ncr.id}`}>
                    <span className="s2-reference">{ncr.number}</span> {ncr.title}
                  </Link>
                  <span className="s2-meta">
                    <SeverityStatus severity={ncr.severity} />
                    <DueDay ncr={ncr} />
                  </span>
                </li>
              ))}
              {here.length === 0 && <li className="s2-board-none">None</li>}
            </ul>
          </section>
        )
      })}
    </div>
  )
}
