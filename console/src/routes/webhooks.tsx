import { getRouteApi } from "@tanstack/react-router"
import type { ReactNode } from "react"
import { WebhookPage } from "../features/webhook/webhook-page.tsx"

const route = getRouteApi("/$env/webhooks")

export function WebhooksRoute(): ReactNode {
  const { env } = route.useParams()
  return <WebhookPage key={env} env={env} />
}
