import { getRouteApi } from "@tanstack/react-router"
import type { ReactNode } from "react"
import { IssueView } from "../features/issue/issue-view.tsx"

const route = getRouteApi("/$env/errors/$fingerprint")

export function ErrorRoute(): ReactNode {
  const { env, fingerprint } = route.useParams()
  return <IssueView key={fingerprint} env={env} fingerprint={fingerprint} />
}
