import type { ReactElement } from "react"
import type { ItemResult, ItpStatus } from "../api/wire.ts"
import { itpStatusLabels, resultLabels } from "../flows/itp/model.ts"
import { Status } from "./kit/status.tsx"

/** How far a plan has come. */
export function ItpStatusWord({ status }: { readonly status: ItpStatus }): ReactElement {
  switch (status) {
    case "complete":
      return (
        <Status tone="good" icon="check">
          {itpStatusLabels.complete}
        </Status>
      )
    case "held":
      return (
        <Status tone="warn" icon="hold">
          {itpStatusLabels.held}
        </Status>
      )
    case "in-progress":
      return <Status tone="info">{itpStatusLabels["in-progress"]}</Status>
    case "not-started":
      return <Status tone="idle">{itpStatusLabels["not-started"]}</Status>
  }
}

/** What an inspection came to. */
export function ResultWord({ result }: { readonly result: ItemResult }): ReactElement {
  switch (result) {
    case "pass":
      return (
        <Status tone="good" icon="check">
          {resultLabels.pass}
        </Status>
      )
    case "fail":
      return (
        <Status tone="bad" icon="cross">
          {resultLabels.fail}
        </Status>
      )
    case "na":
      return <Status tone="idle">{resultLabels.na}</Status>
    case "open":
      return <Status tone="idle">{resultLabels.open}</Status>
  }
}
