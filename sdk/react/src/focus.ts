/** Where the cursor was, in words that also hold for another design of the same form. */
export interface FocusPlace {
  readonly name: string
  readonly selection?: readonly [number, number]
}

type Field = HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement

/** The focused field within an element; undefined when the focus is elsewhere or the field has no name. */
export function readFocus(within: Element | null): FocusPlace | undefined {
  const focused = document.activeElement
  if (!within || !focused || !isField(focused) || !within.contains(focused)) return undefined
  const name = focused.name || focused.id || (focused.getAttribute("aria-label") ?? "")
  if (!name) return undefined
  const selection = readSelection(focused)
  return { name, ...(selection && { selection }) }
}

/** Puts the cursor into the field of the same name. Does nothing when someone has gone elsewhere meanwhile. */
export function restoreFocus(within: Element | null, place: FocusPlace): boolean {
  const focused = document.activeElement
  if (!within || (focused && focused !== document.body)) return false
  const fields = [...within.querySelectorAll("input, textarea, select")].filter(isField)
  const field = fields.find(
    (candidate) =>
      candidate.name === place.name ||
      candidate.id === place.name ||
      candidate.getAttribute("aria-label") === place.name,
  )
  if (!field) return false
  field.focus({ preventScroll: true })
  if (place.selection && !(field instanceof HTMLSelectElement)) {
    try {
      field.setSelectionRange(...place.selection)
    } catch {
      // Number and date fields have no selection.
    }
  }
  return true
}

function isField(element: Element): element is Field {
  return (
    element instanceof HTMLInputElement ||
    element instanceof HTMLTextAreaElement ||
    element instanceof HTMLSelectElement
  )
}

function readSelection(field: Field): readonly [number, number] | undefined {
  if (field instanceof HTMLSelectElement) return undefined
  const { selectionStart, selectionEnd } = field
  return selectionStart === null || selectionEnd === null
    ? undefined
    : [selectionStart, selectionEnd]
}
