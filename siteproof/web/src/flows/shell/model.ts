import type { Resource } from "../../api/state.ts"
import type { Account, Project } from "../../api/wire.ts"

/** One place in the navigation. `current` goes into `aria-current="page"`. */
export interface NavItem {
  readonly id: "dashboard" | "itps" | "ncrs" | "diary"
  readonly label: "Dashboard" | "Inspections" | "NCRs" | "Diary"
  readonly href: string
  readonly current: boolean
}

/** What the demo can break on purpose; absent outside a demo. */
export interface DemoControl {
  readonly broken: boolean
  readonly busy: boolean
  readonly error: string
  /** True breaks the new NCR form for everyone who has it. Never rejects. */
  setBroken(broken: boolean): Promise<void>
}

export type Theme = "auto" | "light" | "dark"

export interface ShellModel {
  readonly account: Account
  readonly project: Resource<Project>
  readonly projects: readonly Project[]
  selectProject(id: string): void
  readonly nav: readonly NavItem[]
  readonly online: boolean
  /** Saves that wait on this device. */
  readonly pending: number
  /** Saves that the server refused; `refusals` says which and why. */
  readonly dead: number
  readonly refusals: readonly { readonly id: string; readonly what: string; readonly why: string }[]
  retry(id: string): Promise<void>
  drop(id: string): Promise<void>
  /** Sentence about connection and queue for a `role="status"` region; empty when there is nothing to say. */
  readonly notice: string
  readonly theme: Theme
  setTheme(theme: Theme): void
  readonly demo: DemoControl | undefined
  signOut(): Promise<void>
}

/** The frame around every screen behind the sign-in. The theme is also set as `data-theme` on the root element. */
export declare function useShell(): ShellModel
