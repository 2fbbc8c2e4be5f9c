import { type PointerEvent, type ReactElement, useEffect, useRef, useState } from "react"
import "./signature-pad.css"
import { Button } from "./button.tsx"
import { Field, TextInput } from "./field.tsx"
import { Icon } from "./icon.tsx"

/** How someone signs. `typed` is for those who cannot or need not draw. */
export interface SignatureInput {
  readonly name: string
  readonly kind: "drawn" | "typed"
  /** The drawing as a `data:image/png` address; empty while nothing is drawn. */
  readonly image: string
}

export interface SignaturePadProps {
  readonly value: SignatureInput
  readonly errors: Readonly<Partial<Record<keyof SignatureInput, string>>>
  onChange(patch: Partial<SignatureInput>): void
}

/** The stored drawing is printed on white paper, so its ink is dark in both themes. */
const ink = "#14313d"
/** In CSS pixels: reads as a pen at the size of a form. */
const penWidth = 2.4

/** Draw with finger, pen or mouse, or let the typed name stand for the signature. */
export function SignaturePad({ value, errors, onChange }: SignaturePadProps): ReactElement {
  return (
    <div className="s2-signature">
      <Field label="Name" required error={errors.name}>
        {(control) => (
          <TextInput
            {...control}
            name="name"
            autoComplete="name"
            value={value.name}
            onChange={(event) => onChange({ name: event.target.value })}
          />
        )}
      </Field>
      <label className="s2-switch">
        <input
          type="checkbox"
          name="kind"
          checked={value.kind === "typed"}
          onChange={(event) => onChange({ kind: event.target.checked ? "typed" : "drawn" })}
        />
        <span>Type signature</span>
      </label>
      {value.kind === "typed" ? (
        <p className="s2-signature-typed" aria-hidden="true">
          {value.name || " "}
        </p>
      ) : (
        <Drawing image={value.image} onChange={(image) => onChange({ image })} />
      )}
      {errors.image && (
        <p className="s2-field-error" role="alert">
          <Icon name="warning" size={16} />
          {errors.image}
        </p>
      )}
    </div>
  )
}

/** Gives the canvas as many pixels as the screen has under it, so that the line is sharp, and shows a picture on it. */
function paint(canvas: HTMLCanvasElement, image: string): void {
  const { width, height } = canvas.getBoundingClientRect()
  const sharp = window.devicePixelRatio || 1
  canvas.width = Math.max(1, Math.round(width * sharp))
  canvas.height = Math.max(1, Math.round(height * sharp))
  if (!image) return
  const picture = new Image()
  picture.onload = () => {
    canvas.getContext("2d")?.drawImage(picture, 0, 0, canvas.width, canvas.height)
  }
  picture.src = image
}

function Drawing({
  image,
  onChange,
}: {
  readonly image: string
  onChange(image: string): void
}): ReactElement {
  const canvas = useRef<HTMLCanvasElement>(null)
  const [drawing, setDrawing] = useState(false)
  /** What the canvas holds; tells our own strokes from a picture that came from elsewhere. */
  const shown = useRef(image)

  useEffect(() => {
    const element = canvas.current
    if (!element || shown.current === image) return
    shown.current = image
    paint(element, image)
  }, [image])

  // Also the first time: a dialog that is not open yet has no size.
  useEffect(() => {
    const element = canvas.current
    if (!element) return
    const watch = new ResizeObserver(() => paint(element, shown.current))
    watch.observe(element)
    return () => watch.disconnect()
  }, [])

  function stroke(event: PointerEvent<HTMLCanvasElement>, begin: boolean): void {
    const element = event.currentTarget
    const brush = element.getContext("2d")
    const box = element.getBoundingClientRect()
    if (!brush || box.width === 0) return
    const x = ((event.clientX - box.left) / box.width) * element.width
    const y = ((event.clientY - box.top) / box.height) * element.height
    if (begin) {
      brush.lineWidth = penWidth * (element.width / box.width)
      brush.lineCap = "round"
      brush.lineJoin = "round"
      brush.strokeStyle = ink
      brush.beginPath()
      brush.moveTo(x, y)
    }
    // A tap leaves a dot.
    brush.lineTo(begin ? x + 0.1 : x, y)
    brush.stroke()
  }

  function end(event: PointerEvent<HTMLCanvasElement>): void {
    if (!drawing) return
    setDrawing(false)
    shown.current = event.currentTarget.toDataURL("image/png")
    onChange(shown.current)
  }

  return (
    <div className="s2-signature-sheet">
      <canvas
        ref={canvas}
        role="img"
        aria-label="Signature"
        onPointerDown={(event) => {
          if (event.button !== 0) return
          event.currentTarget.setPointerCapture(event.pointerId)
          stroke(event, true)
          setDrawing(true)
        }}
        onPointerMove={(event) => {
          if (drawing) stroke(event, false)
        }}
        onPointerUp={end}
        onPointerCancel={end}
      />
      <div className="s2-signature-foot">
        <span>{image ? "Drawn" : "Sign above the line"}</span>
        <Button variant="quiet" small disabled={!image} onClick={() => onChange("")}>
          Clear
        </Button>
      </div>
    </div>
  )
}
