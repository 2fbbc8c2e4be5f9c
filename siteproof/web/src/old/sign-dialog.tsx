import { type PointerEvent, type ReactElement, useRef } from "react"
import type { ItpLine, ItpModel } from "../flows/itp/model.ts"
import { Button, Dialog, Field } from "./parts.tsx"

/** The dialog that releases a hold point with a drawn or typed signature. */
export function SignDialog(props: {
  readonly model: ItpModel
  readonly line: ItpLine
}): ReactElement {
  const { model, line } = props
  const { signature, signatureErrors } = model
  return (
    <Dialog title="Sign hold point" onClose={model.closeSigning}>
      <p>{line.activity}</p>
      <Field label="Name" required error={signatureErrors.name}>
        {(control) => (
          <input
            {...control}
            name="name"
            value={signature.name}
            onChange={(event) => model.setSignature({ name: event.target.value })}
          />
        )}
      </Field>
      <label className="o-buttons">
        <input
          type="checkbox"
          checked={signature.kind === "typed"}
          onChange={(event) =>
            model.setSignature({ kind: event.target.checked ? "typed" : "drawn" })
          }
        />
        Type signature
      </label>
      {signature.kind === "drawn" ? <Pad model={model} /> : null}
      {signatureErrors.image === undefined ? null : (
        <p className="o-error" role="alert">
          {signatureErrors.image}
        </p>
      )}
      <div className="o-buttons">
        <Button main onClick={() => void model.sign()}>
          Sign
        </Button>
        <Button onClick={model.closeSigning}>Cancel</Button>
      </div>
    </Dialog>
  )
}

/** A canvas to draw on with pen, finger or mouse. */
function Pad({ model }: { readonly model: ItpModel }): ReactElement {
  const canvas = useRef<HTMLCanvasElement>(null)
  const drawing = useRef(false)
  const at = (event: PointerEvent<HTMLCanvasElement>): readonly [number, number] => {
    const box = event.currentTarget.getBoundingClientRect()
    const { width, height } = event.currentTarget
    return [
      ((event.clientX - box.left) / box.width) * width,
      ((event.clientY - box.top) / box.height) * height,
    ]
  }
  const begin = (event: PointerEvent<HTMLCanvasElement>): void => {
    const pen = event.currentTarget.getContext("2d")
    if (pen === null) return
    drawing.current = true
    event.currentTarget.setPointerCapture(event.pointerId)
    pen.lineWidth = 2.5
    pen.lineCap = "round"
    pen.strokeStyle = "#12304a"
    pen.beginPath()
    pen.moveTo(...at(event))
  }
  const draw = (event: PointerEvent<HTMLCanvasElement>): void => {
    const pen = event.currentTarget.getContext("2d")
    if (!drawing.current || pen === null) return
    pen.lineTo(...at(event))
    pen.stroke()
  }
  const end = (event: PointerEvent<HTMLCanvasElement>): void => {
    if (!drawing.current) return
    drawing.current = false
    model.setSignature({ image: event.currentTarget.toDataURL("image/png") })
  }
  const clear = (): void => {
    const sheet = canvas.current
    sheet?.getContext("2d")?.clearRect(0, 0, sheet.width, sheet.height)
    model.setSignature({ image: "" })
  }
  return (
    <div>
      <canvas
        ref={canvas}
        className="o-sign"
        width={480}
        height={130}
        role="img"
        aria-label="Signature"
        onPointerDown={begin}
        onPointerMove={draw}
        onPointerUp={end}
        onPointerCancel={end}
      />
      <Button onClick={clear}>Clear drawing</Button>
    </div>
  )
}
