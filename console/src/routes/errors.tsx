import { getRouteApi } from "@tanstack/react-router"
import type { ReactNode } from "react"
import { IssueList } from "../features/issue/issue-list.tsx"

const route = getRouteApi("/$env/errors")

export function ErrorsRoute(): ReactNode {
  const { env } = route.useParams()
  const { since = "24h", find = "", component = "" } = route.useSearch()
  const go = route.useNavigate()
  return (
    <IssueList
      env={env}
      filter={{ since, find, component }}
      setFilter={(f) =>
        void go({
          search: {
            ...(f.since !== "24h" && { since: f.since }),
            ...(f.find && { find: f.find }),
            ...(f.component && { component: f.component }),
          },
          replace: true,
        })
      }
    />
  )
}
