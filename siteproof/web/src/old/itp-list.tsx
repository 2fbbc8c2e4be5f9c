import type { ReactElement } from "react"
import type { ItpStatus } from "../api/wire.ts"
import { Link } from "../app/link.tsx"
import { type ItpFilter, itpStatusLabels, useItpList } from "../flows/itp/model.ts"
import { date, Field, Loaded, Options, Panel, Screen, Tag, type Tone } from "./parts.tsx"

const tone: Readonly<Record<ItpStatus, Tone>> = {
  "not-started": "plain",
  "in-progress": "warn",
  held: "bad",
  complete: "good",
}

/** The inspection and test plans of a project. */
export function ItpList(props: { readonly projectId: string }): ReactElement {
  const list = useItpList(props.projectId)
  return (
    <Screen name="itp-list" title="Inspection and test plans">
      <Panel title="Filter">
        <div className="o-form">
          <Field label="Search">
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
                  list.setFilter({ status: event.target.value as ItpFilter["status"] })
                }
              >
                <option value="all">All</option>
                <Options
                  values={["not-started", "in-progress", "held", "complete"]}
                  labels={itpStatusLabels}
                />
              </select>
            )}
          </Field>
        </div>
      </Panel>
      <Panel title="Plans" tools={<span className="o-soft">{list.total} in all</span>}>
        <Loaded of={list.itps} reload={list.reload} rows={10}>
          {(plans) =>
            plans.length === 0 ? (
              <p>No plan fits. Clear the filter to see all of them.</p>
            ) : (
              <div className="o-scroll">
                <table className="o-table">
                  <thead>
                    <tr>
                      <th scope="col">Plan</th>
                      <th scope="col">Trade</th>
                      <th scope="col">Location</th>
                      <th scope="col">State</th>
                      <th scope="col">Done</th>
                      <th scope="col">Hold points open</th>
                      <th scope="col">Updated</th>
                    </tr>
                  </thead>
                  <tbody>
                    {plans.map((plan) => (
                      <tr key={plan.id}>
                        <td>
                          <Link href={`/itps/${plan.id}`}>
                            {plan.number} {plan.title}
                          </Link>
                        </td>
                        <td>{plan.trade}</td>
                        <td>{plan.location}</td>
                        <td>
                          <Tag tone={tone[plan.status]}>{itpStatusLabels[plan.status]}</Tag>
                        </td>
                        <td>
                          {plan.itemsDone} of {plan.itemsTotal}
                        </td>
                        <td>{plan.holdsOpen}</td>
                        <td>{date(plan.updatedAt)}</td>
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
