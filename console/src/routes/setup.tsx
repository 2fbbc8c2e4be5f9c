import { useRouter } from "@tanstack/react-router"
import type { ReactNode } from "react"
import { MakeAdministrator } from "../features/session/make-administrator.tsx"

export function SetupRoute(): ReactNode {
  const router = useRouter()
  return <MakeAdministrator done={() => router.history.push("/")} />
}
