import { getRouteApi } from "@tanstack/react-router"
import type { ReactNode } from "react"
import { Journal } from "../features/change/journal.tsx"

const route = getRouteApi("/$env/audit")

export function AuditRoute(): ReactNode {
  const { env } = route.useParams()
  const { kind = "", subject = "" } = route.useSearch()
  const go = route.useNavigate()
  return (
    <Journal
      env={env}
      filter={{ kind, subject }}
      setFilter={(f) =>
        void go({
          search: { ...(f.kind && { kind: f.kind }), ...(f.subject && { subject: f.subject }) },
          replace: true,
        })
      }
    />
  )
}
