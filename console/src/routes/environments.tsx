import { getRouteApi } from "@tanstack/react-router"
import type { ReactNode } from "react"
import { EnvironmentsPage } from "../features/environment/environments-page.tsx"

const route = getRouteApi("/$env/environments")

export function EnvironmentsRoute(): ReactNode {
  return <EnvironmentsPage env={route.useParams().env} />
}
