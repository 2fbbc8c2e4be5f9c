import type { ReactNode } from "react"
import { TeamPage } from "../features/session/team-page.tsx"

export function TeamRoute(): ReactNode {
  return <TeamPage />
}
