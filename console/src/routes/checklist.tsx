import { getRouteApi } from "@tanstack/react-router"
import type { ReactNode } from "react"
import { ChecklistPage } from "../features/preflight/checklist-page.tsx"

const route = getRouteApi("/$env/checklist")

export function ChecklistRoute(): ReactNode {
  const { env } = route.useParams()
  return <ChecklistPage key={env} env={env} />
}
