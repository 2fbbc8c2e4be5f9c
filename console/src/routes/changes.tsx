import { getRouteApi } from "@tanstack/react-router"
import type { ReactNode } from "react"
import { RequestList } from "../features/change/request-list.tsx"
import { RequestPage } from "../features/change/request-page.tsx"

const all = getRouteApi("/$env/changes")
const one = getRouteApi("/$env/changes/$id")

export function ChangesRoute(): ReactNode {
  const { env } = all.useParams()
  return <RequestList env={env} />
}

export function ChangeRoute(): ReactNode {
  const { env, id } = one.useParams()
  return <RequestPage env={env} id={id} />
}
