import type { Rollout, Window } from "../../lib/api.ts"
import { percent } from "../../lib/number.ts"

/** "Mon, Tue 09:00–16:00 (Europe/Berlin)". */
export function sayWindow(w: Window): string {
  const days = w.days?.length
    ? w.days.map((d) => d.charAt(0).toUpperCase() + d.slice(1)).join(", ")
    : "Every day"
  return `${days} ${w.from ?? "00:00"}–${w.to ?? "24:00"} (${w.zone})`
}

/** The chance that a harmless rollout is taken back: "1 %", or of several tests "2 × 1 %" or "1 % + 0.5 %". */
export function sayBudget(r: Rollout): string {
  const budgets = (r.tests?.length ? r.tests.map((t) => t.budget) : [r.plan.budget]).map((b) =>
    percent(100 * b),
  )
  const [first = ""] = budgets
  if (budgets.length === 1) return first
  return budgets.every((b) => b === first) ? `${budgets.length} × ${first}` : budgets.join(" + ")
}
