import { type PointerEvent, useState } from "react"

/** What is being dragged and how far it is from its place, in CSS pixels. */
export interface Dragged<Id extends string> {
  readonly id: Id
  readonly x: number
  readonly y: number
}

/** Handlers for the part by which something is dragged. */
export interface DragHandle {
  onPointerDown(event: PointerEvent<HTMLElement>): void
  onPointerMove(event: PointerEvent<HTMLElement>): void
  onPointerUp(event: PointerEvent<HTMLElement>): void
  onPointerCancel(): void
}

/** Attribute of what can be dropped on: its value is the id. */
const dropAttribute = "data-drop"

/**
 * Drags with mouse, pen or finger. Elements that carry `data-drop` with an id can be dropped on; `onDrop` is told once,
 * at the end. There must also be a way to do the same by keyboard.
 */
export function useDrag<Id extends string>(
  onDrop: (id: Id, at: Id) => void,
): {
  readonly dragged: Dragged<Id> | undefined
  /** What it would be dropped on. */
  readonly over: Id | undefined
  handle(id: Id): DragHandle
} {
  const [start, setStart] = useState<Dragged<Id>>()
  const [dragged, setDragged] = useState<Dragged<Id>>()
  const [over, setOver] = useState<Id>()

  function end(): void {
    setStart(undefined)
    setDragged(undefined)
    setOver(undefined)
  }

  /** The other droppable thing under the pointer. The dragged one lies above it, so all layers are looked at. */
  function under(event: PointerEvent<HTMLElement>, id: Id): Id | undefined {
    for (const element of document.elementsFromPoint(event.clientX, event.clientY)) {
      const found = element.closest(`[${dropAttribute}]`)?.getAttribute(dropAttribute)
      if (found && found !== id) return found as Id
    }
    return undefined
  }

  return {
    dragged,
    over,
    handle: (id) => ({
      onPointerDown(event) {
        if (event.button !== 0) return
        event.preventDefault()
        event.currentTarget.setPointerCapture(event.pointerId)
        setStart({ id, x: event.pageX, y: event.pageY })
        setDragged({ id, x: 0, y: 0 })
      },
      onPointerMove(event) {
        if (start?.id !== id) return
        setDragged({ id, x: event.pageX - start.x, y: event.pageY - start.y })
        setOver(under(event, id))
      },
      onPointerUp(event) {
        const at = start?.id === id ? under(event, id) : undefined
        end()
        if (at) onDrop(id, at)
      },
      onPointerCancel: end,
    }),
  }
}
