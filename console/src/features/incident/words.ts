import type { Incident, IncidentStatus } from "../../lib/api.ts"
import type { Tone } from "../../ui/tone.ts"

/** A status as a badge. */
export const statusWords: Readonly<
  Record<IncidentStatus, { readonly tone: Tone; readonly text: string }>
> = {
  open: { tone: "harm", text: "Open" },
  acknowledged: { tone: "warn", text: "Somebody is on it" },
  mitigated: { tone: "live", text: "Harm has stopped" },
  resolved: { tone: "safe", text: "Resolved" },
}

/** What each severity means, for those who do not know the letters. */
export const severityWords: Readonly<Record<Incident["severity"], string>> = {
  P0: "the app cannot be used, or data is lost for many",
  P1: "a key flow is broken",
  P2: "a component is degraded",
  P3: "cosmetic",
}

/** The statuses that can follow, with the words on their buttons. */
export function nextOf(
  status: IncidentStatus,
): readonly { readonly to: IncidentStatus; readonly label: string }[] {
  const all = [
    { to: "acknowledged", label: "I am on it" },
    { to: "mitigated", label: "Harm has stopped" },
    { to: "resolved", label: "Resolve" },
  ] as const
  const order: readonly IncidentStatus[] = ["open", "acknowledged", "mitigated", "resolved"]
  return all.filter((s) => order.indexOf(s.to) > order.indexOf(status))
}
