import { getRouteApi, useNavigate } from "@tanstack/react-router"
import type { ReactNode } from "react"
import { NewRolloutForm } from "../features/rollout/new-rollout-form.tsx"

const route = getRouteApi("/$env/rollouts/new")

export function NewRolloutRoute(): ReactNode {
  const { env } = route.useParams()
  const go = useNavigate()
  return (
    <NewRolloutForm
      env={env}
      done={(id) => void go({ to: "/$env/rollouts/$id", params: { env, id } })}
    />
  )
}
