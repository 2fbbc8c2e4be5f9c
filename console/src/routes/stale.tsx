import { getRouteApi } from "@tanstack/react-router"
import type { ReactNode } from "react"
import { StalePage } from "../features/flag/stale-page.tsx"

const route = getRouteApi("/$env/stale")

/** How long a reason has to hold where the address says nothing else. */
const usualDays = 30

export function StaleRoute(): ReactNode {
  const { env } = route.useParams()
  const { days = usualDays, owner = "", tag = "", order = "age" } = route.useSearch()
  const go = route.useNavigate()
  return (
    <StalePage
      env={env}
      filter={{ days, owner, tag, order }}
      setFilter={(f) =>
        void go({
          search: {
            ...(f.days !== usualDays && { days: f.days }),
            ...(f.owner && { owner: f.owner }),
            ...(f.tag && { tag: f.tag }),
            ...(f.order !== "age" && { order: f.order }),
          },
          replace: true,
        })
      }
    />
  )
}
