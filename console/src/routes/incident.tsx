import { getRouteApi } from "@tanstack/react-router"
import type { ReactNode } from "react"
import { IncidentView } from "../features/incident/incident-view.tsx"

const route = getRouteApi("/$env/incidents/$id")

export function IncidentRoute(): ReactNode {
  const { env, id } = route.useParams()
  return <IncidentView key={id} env={env} id={id} />
}
