import type { ReactElement } from "react"
import type { NcrStatus, Severity } from "../api/wire.ts"
import { Link } from "../app/link.tsx"
import {
  type NcrFilter,
  severities,
  severityLabels,
  statuses,
  statusLabels,
  useNcrList,
} from "../flows/ncr/model.ts"
import { date, Field, Loaded, Options, Panel, Screen, Tag, type Tone } from "./parts.tsx"

export const severityTone: Readonly<Record<Severity, Tone>> = {
  minor: "plain",
  major: "warn",
  critical: "bad",
}
export const statusTone: Readonly<Record<NcrStatus, Tone>> = {
  raised: "bad",
  investigating: "warn",
  disposition: "warn",
  verification: "warn",
  closed: "good",
}

/** The non-conformance reports of the project. */
export function NcrList(): ReactElement {
  const list = useNcrList()
  return (
    <Screen
      name="ncr-list"
      title="Non-conformance reports"
      actions={
        <Link className="o-button" data-main="" href="/ncrs/new">
          Raise NCR
        </Link>
      }
    >
      <Panel title="Filter">
        <div className="o-form">
          <Field label="Search" wide>
            {(control) => (
              <input
                {...control}
                type="search"
                value={list.filter.text}
                onChange={(event) => list.setFilter({ text: event.target.value })}
              />
            )}
          </Field>
          <Field label="Status">
            {(control) => (
              <select
                {...control}
                value={list.filter.status}
                onChange={(event) =>
                  list.setFilter({ status: event.target.value as NcrFilter["status"] })
                }
              >
                <option value="all">All</option>
                <option value="open">Open</option>
                <Options values={statuses} labels={statusLabels} />
              </select>
            )}
          </Field>
          <Field label="Severity">
            {(control) => (
              <select
                {...control}
                value={list.filter.severity}
                onChange={(event) =>
                  list.setFilter({ severity: event.target.value as NcrFilter["severity"] })
                }
              >
                <option value="all">All</option>
                <Options values={severities} labels={severityLabels} />
              </select>
            )}
          </Field>
        </div>
      </Panel>
      {list.waiting.map((waiting) => (
        <div key={waiting.id} className="o-box" data-tone="warn" role="status">
          <p>{waiting.title}: saved on this device, it will be sent when the connection is back.</p>
        </div>
      ))}
      <Panel
        title="Reports"
        tools={
          <span className="o-soft">
            {statuses.map((status) => `${statusLabels[status]} ${list.counts[status]}`).join(" · ")}
          </span>
        }
      >
        <Loaded of={list.ncrs} reload={list.reload} rows={10}>
          {(ncrs) =>
            ncrs.length === 0 ? (
              <p>No report fits. Clear the filter, or raise the first one.</p>
            ) : (
              <div className="o-scroll">
                <table className="o-table">
                  <thead>
                    <tr>
                      <th scope="col">Report</th>
                      <th scope="col">Location</th>
                      <th scope="col">Severity</th>
                      <th scope="col">Status</th>
                      <th scope="col">Assigned to</th>
                      <th scope="col">Due</th>
                    </tr>
                  </thead>
                  <tbody>
                    {ncrs.map((ncr) => (
                      <tr key={ncr.id}>
                        <td>
                          <Link href={`/ncrs/${ncr.id}`}>
                            {ncr.number} {ncr.title}
                          </Link>
                        </td>
                        <td>{ncr.location}</td>
                        <td>
                          <Tag tone={severityTone[ncr.severity]}>
                            {severityLabels[ncr.severity]}
                          </Tag>
                        </td>
                        <td>
                          <Tag tone={statusTone[ncr.status]}>{statusLabels[ncr.status]}</Tag>
                        </td>
                        <td>{ncr.assignee === "" ? "–" : ncr.assignee}</td>
                        <td>{date(ncr.dueOn)}</td>
                      </tr>
                    ))}
                  </tbody>
                </table>
              </div>
            )
          }
        </Loaded>
      </Panel>
    </Screen>
  )
}
