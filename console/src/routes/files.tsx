import { getRouteApi } from "@tanstack/react-router"
import type { ReactNode } from "react"
import { TransferPage } from "../features/transfer/transfer-page.tsx"

const route = getRouteApi("/$env/files")

export function FilesRoute(): ReactNode {
  const { env } = route.useParams()
  return <TransferPage key={env} env={env} />
}
