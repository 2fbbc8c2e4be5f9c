import { type ReactElement, useEffect, useRef, useState } from "react"
import type { Dashboard as DashboardSummary } from "../api/wire.ts"
import {
  type DashboardModel,
  useDashboard,
  type WidgetId,
  widgetTitles,
} from "../flows/dashboard/model.ts"
import "./dashboard.css"
import { Button, IconButton } from "./kit/button.tsx"
import { Card } from "./kit/card.tsx"
import { classNames } from "./kit/class-names.ts"
import { dayLong } from "./kit/format.ts"
import { Icon } from "./kit/icon.tsx"
import { Screen } from "./kit/screen.tsx"
import { EmptyState, ErrorState, Notice, Skeleton, StaleNotice } from "./kit/states.tsx"
import { useDrag } from "./use-drag.ts"
import { widgetBodies } from "./widgets.tsx"

/** Where the project stands, in widgets that everyone puts in their own order. */
export function Dashboard(): ReactElement {
  const model = useDashboard()
  const { dashboard, arranging } = model
  return (
    <Screen
      name="dashboard"
      title="Dashboard"
      summary={
        dashboard.state === "ready"
          ? `${dashboard.value.project.name} · ${dayLong(new Date())}`
          : dayLong(new Date())
      }
      actions={
        <>
          {arranging && (
            <Button variant="quiet" onClick={() => model.reset()}>
              Reset layout
            </Button>
          )}
          <Button
            icon={arranging ? "check" : "settings"}
            variant={arranging ? "primary" : "secondary"}
            onClick={() => model.setArranging(!arranging)}
          >
            {arranging ? "Done" : "Rearrange"}
          </Button>
        </>
      }
    >
      {(arranging || (dashboard.state === "ready" && dashboard.stale)) && (
        <div className="s2-notices">
          {dashboard.state === "ready" && dashboard.stale && <StaleNotice at={dashboard.at} />}
          {arranging && (
            <Notice tone="info" icon="grip">
              Drag a widget by its handle, or move it with its arrows.
            </Notice>
          )}
        </div>
      )}
      {dashboard.state === "error" ? (
        <Card>
          <ErrorState problem={dashboard.problem} onRetry={model.reload} />
        </Card>
      ) : (
        <Widgets
          model={model}
          dashboard={dashboard.state === "ready" ? dashboard.value : undefined}
        />
      )}
      {arranging && model.hidden.length > 0 && <HiddenWidgets model={model} />}
    </Screen>
  )
}

function Widgets({
  model,
  dashboard,
}: {
  readonly model: DashboardModel
  readonly dashboard: DashboardSummary | undefined
}): ReactElement {
  const { dragged, over, handle } = useDrag<WidgetId>((id, at) => model.place(id, at))
  const grid = useRef<HTMLUListElement>(null)
  const [moved, setMoved] = useState<{ readonly id: WidgetId; readonly by: -1 | 1 }>()
  // A moved widget is put elsewhere in the document, where the focus would be lost.
  useEffect(() => {
    if (!moved) return
    const place = model.widgets.indexOf(moved.id)
    const end = moved.by < 0 ? place === 0 : place === model.widgets.length - 1
    const wanted = end ? -moved.by : moved.by
    const button = grid.current?.querySelector<HTMLElement>(
      `[data-widget="${moved.id}"] [data-move="${wanted}"] button`,
    )
    button?.focus()
  }, [moved, model.widgets])

  if (model.widgets.length === 0) {
    return (
      <Card>
        <EmptyState icon="dashboard" title="Every widget is hidden">
          Choose “Rearrange” to show the ones you need.
        </EmptyState>
      </Card>
    )
  }
  return (
    <ul className="s2-widgets" ref={grid}>
      {model.widgets.map((id, place) => (
        <li
          key={id}
          data-widget={id}
          data-drop={id}
          className={classNames(
            "s2-widget",
            dragged?.id === id && "s2-widget-dragged",
            over === id && "s2-widget-over",
          )}
          style={
            dragged?.id === id
              ? { transform: `translate(${dragged.x}px, ${dragged.y}px)` }
              : undefined
          }
        >
          <Card
            title={widgetTitles[id]}
            actions={
              model.arranging && (
                <WidgetControls
                  title={widgetTitles[id]}
                  first={place === 0}
                  last={place === model.widgets.length - 1}
                  onMove={(by) => {
                    model.move(id, by)
                    setMoved({ id, by })
                  }}
                  onHide={() => model.hide(id)}
                  handle={handle(id)}
                />
              )
            }
          >
            {dashboard ? widgetBodies[id](dashboard) : <Skeleton lines={5} />}
          </Card>
        </li>
      ))}
    </ul>
  )
}

function WidgetControls({
  title,
  first,
  last,
  onMove,
  onHide,
  handle,
}: {
  readonly title: string
  readonly first: boolean
  readonly last: boolean
  onMove(by: -1 | 1): void
  onHide(): void
  readonly handle: ReturnType<ReturnType<typeof useDrag>["handle"]>
}): ReactElement {
  return (
    <div className="s2-widget-controls">
      <span data-move="-1">
        <IconButton
          icon="left"
          label={`Move ${title} earlier`}
          disabled={first}
          onClick={() => onMove(-1)}
        />
      </span>
      <span data-move="1">
        <IconButton
          icon="right"
          label={`Move ${title} later`}
          disabled={last}
          onClick={() => onMove(1)}
        />
      </span>
      <IconButton icon="cross" label={`Hide ${title}`} onClick={onHide} />
      <span className="s2-widget-handle" aria-hidden="true" {...handle}>
        <Icon name="grip" />
      </span>
    </div>
  )
}

function HiddenWidgets({ model }: { readonly model: DashboardModel }): ReactElement {
  return (
    <Card title="Hidden">
      <div className="s2-bar">
        {model.hidden.map((id) => (
          <Button key={id} icon="plus" onClick={() => model.show(id)}>
            {`Show ${widgetTitles[id]}`}
          </Button>
        ))}
      </div>
    </Card>
  )
}
