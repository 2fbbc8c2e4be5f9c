import { useBelay, useDraft, useOnline } from "@belay/react"
import { draftInfo } from "../../api/draft-info.ts"
import { type Problem, problemOf } from "../../api/problem.ts"
import type { DraftInfo, FieldErrors } from "../../api/state.ts"
import type { Account } from "../../api/wire.ts"
import { useScreenState, useSiteproof } from "../../app/context.ts"

/** Fields of the sign-in form. The password is never stored, only shared between the two designs in this page. */
export interface LoginValues {
  readonly email: string
  readonly password: string
}

export interface LoginModel {
  readonly values: LoginValues
  readonly errors: FieldErrors<LoginValues>
  readonly status: "idle" | "submitting" | "failed"
  /** Why signing in failed; for a region with `role="alert"`. */
  readonly problem?: Problem
  readonly online: boolean
  readonly draft: DraftInfo
  set(patch: Partial<LoginValues>): void
  /** Signs in and goes to the dashboard. Never rejects. */
  submit(): Promise<void>
}

interface Attempt {
  readonly status: LoginModel["status"]
  readonly tried: boolean
  readonly problem?: Problem
}

const empty: LoginValues = { email: "", password: "" }
const untried: Attempt = { status: "idle", tried: false }

/** The sign-in screen. */
export function useLogin(): LoginModel {
  const { signIn } = useSiteproof()
  const belay = useBelay()
  const online = useOnline()
  const [values, change, draft] = useDraft<LoginValues>("login", empty)
  const [attempt, setAttempt] = useScreenState<Attempt>("visit:login", untried)
  const errors = attempt.tried ? { ...checkLogin(values), ...attempt.problem?.fields } : {}

  const submit = async (): Promise<void> => {
    if (attempt.status === "submitting") return
    if (Object.keys(checkLogin(values)).length > 0) {
      setAttempt({ status: "idle", tried: true })
      return
    }
    setAttempt({ status: "submitting", tried: true })
    try {
      await signIn(values.email.trim(), values.password)
      setAttempt(untried)
      await draft.commit()
      belay.track("signed_in")
    } catch (error) {
      setAttempt({ status: "failed", tried: true, problem: problemOf(error) })
    }
  }
  return {
    values,
    errors,
    status: attempt.status,
    ...(attempt.problem && { problem: attempt.problem }),
    online,
    draft: draftInfo(draft, () => setAttempt(untried)),
    set: (patch) => {
      change(patch)
      if (attempt.problem) setAttempt({ status: "idle", tried: attempt.tried })
    },
    submit,
  }
}

/** What is missing before it makes sense to ask the server. */
export function checkLogin(values: LoginValues): FieldErrors<LoginValues> {
  return {
    ...(!values.email.includes("@") && { email: "Enter your email address." }),
    ...(values.password === "" && { password: "Enter your password." }),
  }
}

/** Who is signed in; only for screens behind the sign-in. */
export function useAccount(): Account {
  const { account } = useSiteproof()
  if (!account) throw new Error("This screen is behind the sign-in.")
  return account
}
