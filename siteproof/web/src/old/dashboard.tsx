import { type ReactElement, type ReactNode, useState } from "react"
import type { Dashboard as Data } from "../api/wire.ts"
import { Link } from "../app/link.tsx"
import {
  type DashboardModel,
  useDashboard,
  type WidgetId,
  widgetTitles,
} from "../flows/dashboard/model.ts"
import { weatherLabels } from "../flows/diary/model.ts"
import { Button, date, Loaded, moment, Panel, Screen } from "./parts.tsx"

/** The dashboard with widgets that can be moved. */
export function Dashboard(): ReactElement {
  const model = useDashboard()
  return (
    <Screen
      name="dashboard"
      title="Dashboard"
      actions={
        <>
          {model.arranging ? <Button onClick={model.reset}>Reset layout</Button> : null}
          <Button pressed={model.arranging} onClick={() => model.setArranging(!model.arranging)}>
            {model.arranging ? "Done" : "Rearrange"}
          </Button>
        </>
      }
    >
      <Loaded of={model.dashboard} reload={model.reload} rows={14}>
        {(data) => (
          <>
            <p className="o-soft">
              {data.project.code} {data.project.name}, {data.project.address} · {data.itps.complete}{" "}
              of {data.itps.total} plans complete
            </p>
            <Hidden model={model} />
            <div className="o-grid">
              {model.widgets.map((id) => (
                <Widget key={id} id={id} model={model} data={data} />
              ))}
            </div>
          </>
        )}
      </Loaded>
    </Screen>
  )
}

function Hidden({ model }: { readonly model: DashboardModel }): ReactElement | null {
  if (!model.arranging || model.hidden.length === 0) return null
  return (
    <p className="o-buttons">
      {model.hidden.map((id) => (
        <Button key={id} onClick={() => model.show(id)}>
          Show {widgetTitles[id]}
        </Button>
      ))}
    </p>
  )
}

function Widget(props: {
  readonly id: WidgetId
  readonly model: DashboardModel
  readonly data: Data
}): ReactElement {
  const { id, model, data } = props
  const title = widgetTitles[id]
  const [over, setOver] = useState(false)
  return (
    <section
      aria-label={title}
      draggable={model.arranging}
      style={over ? { outline: "3px dashed #f0a500" } : undefined}
      onDragStart={(event) => event.dataTransfer.setData("text/belay-widget", id)}
      onDragOver={(event) => {
        event.preventDefault()
        setOver(true)
      }}
      onDragLeave={() => setOver(false)}
      onDrop={(event) => {
        event.preventDefault()
        setOver(false)
        const moved = model.widgets.find(
          (w) => w === event.dataTransfer.getData("text/belay-widget"),
        )
        if (moved !== undefined) model.place(moved, id)
      }}
    >
      <Panel
        title={title}
        tools={
          model.arranging ? (
            <span className="o-buttons">
              <Button label={`Move ${title} earlier`} onClick={() => model.move(id, -1)}>
                ◂
              </Button>
              <Button label={`Move ${title} later`} onClick={() => model.move(id, 1)}>
                ▸
              </Button>
              <Button label={`Hide ${title}`} onClick={() => model.hide(id)}>
                ✕
              </Button>
            </span>
          ) : null
        }
      >
        {contents[id](data)}
      </Panel>
    </section>
  )
}

const contents: Readonly<Record<WidgetId, (data: Data) => ReactNode>> = {
  "open-ncrs": ({ openNcrs }) => (
    <>
      <div className="o-figure">{openNcrs.total}</div>
      <p>
        {openNcrs.critical} critical · {openNcrs.major} major · {openNcrs.minor} minor
      </p>
      <p className="o-soft">{openNcrs.overdue} past their due date</p>
    </>
  ),
  "hold-points": ({ holdPoints }) =>
    holdPoints.length === 0 ? (
      <p>No hold point is waiting.</p>
    ) : (
      <ul className="o-list">
        {holdPoints.map((point) => (
          <li key={point.itemId}>
            <Link href={`/itps/${point.itpId}`}>
              {point.itpNumber} {point.activity}
            </Link>
            <div className="o-soft">
              {point.location} · {date(point.plannedOn)}
              {point.signable ? " · ready to sign" : ""}
            </div>
          </li>
        ))}
      </ul>
    ),
  "diary-streak": ({ diary }) => (
    <>
      <div className="o-figure">{diary.streak} days</div>
      <div className="o-dots" aria-hidden="true">
        {diary.days.map((day) => (
          <i key={day.day} title={date(day.day)} data-written={day.written ? "" : undefined} />
        ))}
      </div>
      <p className="o-soft">
        {diary.days.filter((day) => day.written).length} of the last {diary.days.length} working
        days written
      </p>
    </>
  ),
  today: ({ latest }) =>
    latest === null ? (
      <p>
        Nothing written yet. <Link href="/diary">Write today's diary</Link>
      </p>
    ) : (
      <>
        <p>
          {date(latest.day)}: {weatherLabels[latest.weather]}, {latest.temperature} °C
        </p>
        <p>
          {latest.crew.reduce((sum, line) => sum + line.count, 0)} people in {latest.crew.length}{" "}
          trades, {latest.plant.length} machines
        </p>
        <p className="o-soft">{latest.notes}</p>
      </>
    ),
  activity: ({ activity }) =>
    activity.length === 0 ? (
      <p>Nothing has happened yet.</p>
    ) : (
      <ul className="o-list">
        {activity.map((item) => (
          <li key={item.id}>
            <Link href={item.path}>{item.what}</Link>
            <div className="o-soft">
              {item.who} · {moment(item.at)}
            </div>
          </li>
        ))}
      </ul>
    ),
  ageing: ({ ageing }) => {
    const total = (band: Data["ageing"][number]): number => band.minor + band.major + band.critical
    const most = Math.max(1, ...ageing.map(total))
    return (
      <div className="o-bars">
        {ageing.map((band) => (
          <div key={band.label}>
            <span>{band.label}</span>
            <b style={{ width: `${(100 * total(band)) / most}%` }} />
            <span>{total(band)}</span>
          </div>
        ))}
      </div>
    )
  },
}
