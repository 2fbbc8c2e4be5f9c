import { getRouteApi } from "@tanstack/react-router"
import type { ReactNode } from "react"
import { IncidentList } from "../features/incident/incident-list.tsx"

const route = getRouteApi("/$env/incidents")

export function IncidentsRoute(): ReactNode {
  return <IncidentList env={route.useParams().env} />
}
