import { getRouteApi } from "@tanstack/react-router"
import type { ReactNode } from "react"
import { ComparePage } from "../features/environment/compare-page.tsx"

const route = getRouteApi("/$env/compare")

export function CompareRoute(): ReactNode {
  const { env } = route.useParams()
  const { with: other = "" } = route.useSearch()
  const go = route.useNavigate()
  return (
    <ComparePage
      env={env}
      other={other}
      choose={(key) => void go({ search: { with: key }, replace: true })}
    />
  )
}
