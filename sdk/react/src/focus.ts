/** Where the cursor was, in words that also hold for another design of the same form. */
export interface FocusPlace {
  readonly name: string
  /** Undefined for fields that have no selection. */
  readonly selection: readonly [number, number] | undefined
}

const fields = "input,textarea,select"

/** The focused field within an element; undefined when the focus is elsewhere or the field has no name. */
export function readFocus(within: Element | null): FocusPlace | undefined {
  const field = document.activeElement as HTMLInputElement | null
  if (!within?.contains(field) || !field?.matches(fields)) return undefined
  const name = namesOf(field).find(Boolean)
  const { selectionStart: start, selectionEnd: end } = field
  const selection = typeof start === "number" && end !== null ? ([start, end] as const) : undefined
  return name ? { name, selection } : undefined
}

/** Puts the cursor into the field of the same name. Does nothing when someone has gone elsewhere meanwhile. */
export function restoreFocus(within: Element | null, place: FocusPlace): void {
  const focused = document.activeElement
  if (!within || (focused && focused !== document.body)) return
  const all = [...within.querySelectorAll<HTMLInputElement>(fields)]
  const field = all.find((candidate) => namesOf(candidate).includes(place.name))
  field?.focus({ preventScroll: true })
  try {
    if (place.selection) field?.setSelectionRange(...place.selection)
  } catch {
    // Number and date fields have no selection.
  }
}

function namesOf(field: HTMLInputElement): readonly (string | null)[] {
  return [field.name, field.id, field.getAttribute("aria-label")]
}
