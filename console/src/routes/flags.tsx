import { getRouteApi } from "@tanstack/react-router"
import type { ReactNode } from "react"
import { FlagTree } from "../features/flag/flag-tree.tsx"

const route = getRouteApi("/$env/flags")

export function FlagsRoute(): ReactNode {
  const { env } = route.useParams()
  const { find = "" } = route.useSearch()
  const go = route.useNavigate()
  return (
    <FlagTree
      env={env}
      find={find}
      setFind={(text) => void go({ search: text ? { find: text } : {}, replace: true })}
    />
  )
}
