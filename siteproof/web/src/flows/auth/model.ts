import type { Problem } from "../../api/problem.ts"
import type { DraftInfo, FieldErrors } from "../../api/state.ts"
import type { Account } from "../../api/wire.ts"

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

/** The sign-in screen. */
export declare function useLogin(): LoginModel

/** Who is signed in; only for screens behind the sign-in. */
export declare function useAccount(): Account
