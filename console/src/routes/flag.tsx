import { getRouteApi } from "@tanstack/react-router"
import type { ReactNode } from "react"
import { WaitingCard } from "../features/change/waiting-card.tsx"
import { FlagPageView } from "../features/flag/flag-page.tsx"

const route = getRouteApi("/$env/flags/$key")

export function FlagRoute(): ReactNode {
  const { env, key } = route.useParams()
  return (
    <FlagPageView
      key={key}
      env={env}
      flagKey={key}
      waiting={<WaitingCard env={env} flagKey={key} />}
    />
  )
}
