import { useRouter } from "@tanstack/react-router"
import type { ReactNode } from "react"
import { ChoosePassword } from "../features/session/choose-password.tsx"

export function WelcomeRoute(): ReactNode {
  const router = useRouter()
  return <ChoosePassword done={() => router.history.push("/")} />
}
