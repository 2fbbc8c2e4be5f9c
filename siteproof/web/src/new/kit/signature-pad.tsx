import { type PointerEvent, type ReactElement, useEffect, useRef, useState } from "react"
import "./signature-pad.css"
import { Button } from "./button.tsx"
import { Field, TextInput } from "./field.tsx"
import { Segmented } from "./segmented.tsx"

/** How someone signs. `typed` is for those who cannot or need not draw. */
export interface SignatureDraft {
  readonly kind: "drawn" | "typed"
  /** The typed name; with a drawing, the name under it. */
  readonly name: string
  /** The drawing as a `data:image/png` address; empty while nothing is drawn. */
  readonly image: string
}

export interface SignaturePadProps {
  readonly value: SignatureDraft
  readonly error?: string | undefined
  onChange(value: SignatureDraft): void
}

const ink = "#14313d"
const ways = [
  { value: "drawn", label: "Draw", icon: "pen" },
  { value: "typed", label: "Type", icon: "note" },
] as const

/** Draw with finger, pen or mouse, or type the name. */
export function SignaturePad({ value, error, onChange }: SignaturePadProps): ReactElement {
  return (
    <div className="s2-signature">
      <Segmented
        legend="How to sign"
        options={ways}
        value={value.kind}
        onChoose={(kind) => onChange({ ...value, kind })}
      />
      {value.kind === "drawn" && (
        <Drawing image={value.image} onChange={(image) => onChange({ ...value, image })} />
      )}
      <Field label="Signed by" required error={error}>
        {(control) => (
          <TextInput
            {...control}
            name="signedBy"
            autoComplete="name"
            value={value.name}
            onChange={(event) => onChange({ ...value, name: event.target.value })}
          />
        )}
      </Field>
      {value.kind === "typed" && (
        <p className="s2-signature-typed" aria-hidden="true">
          {value.name || " "}
        </p>
      )}
    </div>
  )
}

/** The field that is drawn on. Its own pixels follow the device, so that the line is sharp. */
function Drawing({
  image,
  onChange,
}: {
  readonly image: string
  onChange(image: string): void
}): ReactElement {
  const canvas = useRef<HTMLCanvasElement>(null)
  const [drawing, setDrawing] = useState(false)
  const shown = useRef("")

  useEffect(() => {
    const element = canvas.current
    const brush = element?.getContext("2d")
    if (!element || !brush || shown.current === image) return
    shown.current = image
    const { width, height } = element.getBoundingClientRect()
    const sharp = window.devicePixelRatio || 1
    element.width = Math.round(width * sharp)
    element.height = Math.round(height * sharp)
    if (!image) return
    const picture = new Image()
    picture.onload = () => brush.drawImage(picture, 0, 0, element.width, element.height)
    picture.src = image
  }, [image])

  function brushAt(event: PointerEvent<HTMLCanvasElement>): {
    brush: CanvasRenderingContext2D
    x: number
    y: number
  } | null {
    const element = event.currentTarget
    const brush = element.getContext("2d")
    const { left, top, width, height } = element.getBoundingClientRect()
    if (!brush || width === 0) return null
    if (shown.current === "" && !drawing) {
      const sharp = window.devicePixelRatio || 1
      element.width = Math.round(width * sharp)
      element.height = Math.round(height * sharp)
    }
    const scale = element.width / width
    brush.lineWidth = 2.4 * scale
    brush.lineCap = "round"
    brush.lineJoin = "round"
    brush.strokeStyle = ink
    return {
      brush,
      x: (event.clientX - left) * scale,
      y: (event.clientY - top) * (element.height / height),
    }
  }

  function begin(event: PointerEvent<HTMLCanvasElement>): void {
    if (event.button !== 0) return
    const at = brushAt(event)
    if (!at) return
    event.currentTarget.setPointerCapture(event.pointerId)
    at.brush.beginPath()
    at.brush.moveTo(at.x, at.y)
    at.brush.lineTo(at.x + 0.1, at.y)
    at.brush.stroke()
    setDrawing(true)
  }

  function go(event: PointerEvent<HTMLCanvasElement>): void {
    const at = drawing ? brushAt(event) : null
    if (!at) return
    at.brush.lineTo(at.x, at.y)
    at.brush.stroke()
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
        aria-label={image ? "Drawn signature" : "Field for a drawn signature"}
        onPointerDown={begin}
        onPointerMove={go}
        onPointerUp={end}
        onPointerCancel={end}
      />
      <div className="s2-signature-foot">
        <span>{image ? "Signature drawn" : "Sign above the line"}</span>
        <Button variant="quiet" small disabled={!image} onClick={() => onChange("")}>
          Clear
        </Button>
      </div>
    </div>
  )
}
