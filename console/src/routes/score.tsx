import { getRouteApi } from "@tanstack/react-router"
import type { ReactNode } from "react"
import { ScorePage } from "../features/score/score-page.tsx"

const route = getRouteApi("/$env/score")

export function ScoreRoute(): ReactNode {
  const { env } = route.useParams()
  const { rollout = "" } = route.useSearch()
  const go = route.useNavigate()
  return (
    <ScorePage
      env={env}
      rollout={rollout}
      setRollout={(r) => void go({ search: r ? { rollout: r } : {}, replace: true })}
    />
  )
}
