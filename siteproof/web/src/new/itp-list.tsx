import type { ReactElement } from "react"
import type { ItpStatus, ItpSummary } from "../api/wire.ts"
import { Link } from "../app/link.tsx"
import { type ItpFilter, itpStatusLabels, useItpList } from "../flows/itp/model.ts"
import "./itp.css"
import { ItpStatusWord } from "./itp-words.tsx"
import { Button } from "./kit/button.tsx"
import { Card } from "./kit/card.tsx"
import { Progress } from "./kit/charts.tsx"
import { Field, Select, TextInput } from "./kit/field.tsx"
import { exact, plural, relative } from "./kit/format.ts"
import { Icon } from "./kit/icon.tsx"
import { Screen } from "./kit/screen.tsx"
import { EmptyState, ErrorState, Skeleton, StaleNotice } from "./kit/states.tsx"
import { type Column, Table } from "./kit/table.tsx"

/** The inspection and test plans of a project and how far each has come. */
export function ItpList({ projectId }: { readonly projectId: string }): ReactElement {
  const model = useItpList(projectId)
  const { itps, filter, project } = model
  return (
    <Screen
      name="itp-list"
      title="Inspection and test plans"
      summary={
        project.state === "ready"
          ? `${project.value.name} · ${plural(model.total, "plan")}`
          : "One plan for each part of the work"
      }
    >
      <div className="s2-filters">
        <Field label="Search">
          {(control) => (
            <TextInput
              {...control}
              type="search"
              name="text"
              placeholder="Number, title, trade or place"
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
                model.setFilter({ status: event.target.value as ItpFilter["status"] })
              }
            >
              <option value="all">All</option>
              {(Object.keys(itpStatusLabels) as ItpStatus[]).map((status) => (
                <option key={status} value={status}>
                  {itpStatusLabels[status]}
                </option>
              ))}
            </Select>
          )}
        </Field>
      </div>
      {itps.state === "ready" && itps.stale && <StaleNotice at={itps.at} />}
      {itps.state === "loading" && (
        <Card flush>
          <Skeleton lines={8} tall />
        </Card>
      )}
      {itps.state === "error" && (
        <Card>
          <ErrorState problem={itps.problem} onRetry={model.reload} />
        </Card>
      )}
      {itps.state === "ready" && itps.value.length > 0 && (
        <Card flush>
          <Table
            caption={plural(itps.value.length, "plan")}
            columns={columns}
            rows={itps.value}
            rowKey={(itp) => itp.id}
          />
        </Card>
      )}
      {itps.state === "ready" && itps.value.length === 0 && (
        <Card>
          {model.total > 0 ? (
            <EmptyState
              icon="search"
              title="No plan fits"
              action={
                <Button onClick={() => model.setFilter({ text: "", status: "all" })}>
                  Show all
                </Button>
              }
            >
              Nothing has this text and state together.
            </EmptyState>
          ) : (
            <EmptyState icon="checklist" title="This project has no plans yet">
              The quality manager adds a plan for each part of the work before it starts.
            </EmptyState>
          )}
        </Card>
      )}
    </Screen>
  )
}

const columns: readonly Column<ItpSummary>[] = [
  {
    key: "title",
    title: "Plan",
    cell: (itp) => (
      <div className="s2-itp-name">
        <Link href={`/itps/${itp.id}`}>
          <span className="s2-reference">{itp.number}</span> {itp.title}
        </Link>
        <span className="s2-meta">
          <span>
            <Icon name="place" size={15} />
            {itp.location}
          </span>
          <span>{itp.trade}</span>
        </span>
      </div>
    ),
  },
  { key: "status", title: "Status", cell: (itp) => <ItpStatusWord status={itp.status} /> },
  {
    key: "progress",
    title: "Inspected",
    cell: (itp) => (
      <span className="s2-itp-progress">
        <Progress
          label={`Inspected of ${itp.number}`}
          done={itp.itemsDone}
          total={itp.itemsTotal}
        />
        <span className="s2-number">
          {itp.itemsDone} of {itp.itemsTotal}
        </span>
      </span>
    ),
  },
  {
    key: "holds",
    title: "Hold points open",
    numeric: true,
    wideOnly: true,
    cell: (itp) => (itp.holdsOpen > 0 ? itp.holdsOpen : "None"),
  },
  {
    key: "updated",
    title: "Last change",
    wideOnly: true,
    cell: (itp) => (
      <time className="s2-muted" dateTime={itp.updatedAt} title={exact(itp.updatedAt)}>
        {relative(itp.updatedAt)}
      </time>
    ),
  },
]
