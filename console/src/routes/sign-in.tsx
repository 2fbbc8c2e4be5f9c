import { getRouteApi, useRouter } from "@tanstack/react-router"
import type { ReactNode } from "react"
import { SignIn } from "../features/session/sign-in.tsx"

const route = getRouteApi("/sign-in")

export function SignInRoute(): ReactNode {
  const { next } = route.useSearch()
  const router = useRouter()
  return <SignIn done={() => router.history.push(next ?? "/")} />
}
