import { getRouteApi } from "@tanstack/react-router"
import type { ReactNode } from "react"
import { RolloutList } from "../features/rollout/rollout-list.tsx"

const route = getRouteApi("/$env/rollouts")

export function RolloutsRoute(): ReactNode {
  return <RolloutList env={route.useParams().env} />
}
