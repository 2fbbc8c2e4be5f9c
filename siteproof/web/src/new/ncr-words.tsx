import type { ReactElement } from "react"
import type { NcrStatus, NcrSummary, Severity } from "../api/wire.ts"
import { severityLabels, statusLabels } from "../flows/ncr/model.ts"
import { dayShort, isoDay } from "./kit/format.ts"
import { Status, type Tone } from "./kit/status.tsx"

/** What the colours of severities say, in lists and in charts. */
export const severityTones: Readonly<Record<Severity, Tone>> = {
  minor: "info",
  major: "warn",
  critical: "bad",
}

/** How severe an NCR is. */
export function SeverityStatus({ severity }: { readonly severity: Severity }): ReactElement {
  return <Status tone={severityTones[severity]}>{severityLabels[severity]}</Status>
}

/** Where an NCR stands. */
export function NcrStatusWord({ status }: { readonly status: NcrStatus }): ReactElement {
  if (status === "closed") {
    return (
      <Status tone="good" icon="check">
        {statusLabels.closed}
      </Status>
    )
  }
  return <Status tone="idle">{statusLabels[status]}</Status>
}

/** An open NCR whose day has passed. */
export function overdue(ncr: Pick<NcrSummary, "dueOn" | "status">): boolean {
  return ncr.status !== "closed" && ncr.dueOn !== "" && ncr.dueOn < isoDay(new Date())
}

/** The day by which it should be closed. */
export function DueDay({ ncr }: { readonly ncr: NcrSummary }): ReactElement {
  if (ncr.status === "closed") return <span>Closed {dayShort(ncr.closedAt)}</span>
  if (!ncr.dueOn) return <span>No due date</span>
  return (
    <span className={overdue(ncr) ? "s2-overdue" : undefined}>
      {overdue(ncr) ? "Overdue since " : "Due "}
      {dayShort(ncr.dueOn)}
    </span>
  )
}
