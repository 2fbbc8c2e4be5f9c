import { getRouteApi } from "@tanstack/react-router"
import type { ReactNode } from "react"
import { RolloutView } from "../features/rollout/rollout-page.tsx"

const route = getRouteApi("/$env/rollouts/$id")

export function RolloutRoute(): ReactNode {
  const { env, id } = route.useParams()
  return <RolloutView key={id} env={env} id={id} />
}
