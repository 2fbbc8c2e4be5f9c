import type { FieldErrors } from "../../api/state.ts"
import type { Ncr, NcrStatus } from "../../api/wire.ts"
import type { MoveValues, NcrValues, Step } from "./model.ts"

const longestTitle = 120
const longestText = 4_000
const longestNote = 2_000

/** What must be put right before an NCR can be raised; the server checks the same. */
export function checkNcr(values: NcrValues): FieldErrors<NcrValues> {
  const errors: Partial<Record<keyof NcrValues, string>> = {}
  const needed = (field: "title" | "location" | "description", words: string, limit: number) => {
    if (values[field].trim() === "") errors[field] = words
    else if (values[field].length > limit) errors[field] = `At most ${limit} characters, please.`
  }
  needed("title", "Say in a few words what is wrong.", longestTitle)
  needed("location", "Say where it is.", longestTitle)
  needed("description", "Describe what was found.", longestText)
  if (values.severity === "") errors.severity = "Choose how severe it is."
  for (const field of ["immediateAction", "rootCause"] as const) {
    if (values[field].length > longestNote) {
      errors[field] = `At most ${longestNote} characters, please.`
    }
  }
  return errors
}

const missing: Readonly<Record<keyof MoveValues, string>> = {
  note: "Say what was done or seen.",
  rootCause: "Name the root cause first.",
  disposition: "Choose what is to happen with it.",
  correctiveAction: "Say how it will be corrected.",
}

/** What a step still needs. */
export function checkMove(values: MoveValues, step: Step): FieldErrors<MoveValues> {
  const errors: Partial<Record<keyof MoveValues, string>> = {}
  for (const field of step.needs) {
    if (values[field].trim() === "") errors[field] = missing[field]
  }
  return errors
}

const steps: Readonly<Record<NcrStatus, readonly Step[]>> = {
  raised: [{ to: "investigating", label: "Start investigation", needs: [], back: false }],
  investigating: [
    { to: "disposition", label: "Move to disposition", needs: ["rootCause"], back: false },
  ],
  disposition: [
    {
      to: "verification",
      label: "Send to verification",
      needs: ["disposition", "correctiveAction"],
      back: false,
    },
  ],
  verification: [
    { to: "closed", label: "Close NCR", needs: ["note"], back: false },
    { to: "disposition", label: "Reject correction", needs: ["note"], back: true },
  ],
  closed: [],
}

/** The steps that the server allows, in words. */
export function stepsOf(ncr: Ncr): readonly Step[] {
  return steps[ncr.status].filter(({ to }) => ncr.next.includes(to))
}
