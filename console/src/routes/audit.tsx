import { getRouteApi } from "@tanstack/react-router"
import type { ReactNode } from "react"
import { Journal } from "../features/change/journal.tsx"

const route = getRouteApi("/$env/audit")

export function AuditRoute(): ReactNode {
  const { env } = route.useParams()
  const { kind = "", subject = "", actor = "", since = "" } = route.useSearch()
  const go = route.useNavigate()
  return (
    <Journal
      env={env}
      filter={{ kind, subject, actor, since }}
      setFilter={(f) =>
        void go({
          search: Object.fromEntries(Object.entries(f).filter(([, text]) => text)),
          replace: true,
        })
      }
    />
  )
}
