import type { Mutation } from "@belay/data"
import { useBelay, useFlag, useOutbox, usePreference } from "@belay/react"
import { useEffect, useState } from "react"
import { problemOf } from "../../api/problem.ts"
import type { Resource } from "../../api/state.ts"
import { useProject } from "../../api/use-project.ts"
import type { Account, DiaryChange, NewNcr, Project } from "../../api/wire.ts"
import { useScreenState, useSiteproof } from "../../app/context.ts"
import { usePath } from "../../app/router.ts"
import { useAccount } from "../auth/model.ts"

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

const faultFlag = "siteproof-fault"
const faultOn = "ncr-form-throws"

/** The frame around every screen behind the sign-in. The theme is also set as `data-theme` on the root element. */
export function useShell(): ShellModel {
  const { api, signOut } = useSiteproof()
  const { project, projects, id, select } = useProject()
  const outbox = useOutbox()
  const path = usePath()
  const [theme, setTheme] = useTheme()
  const settled = (): void => api.refresh()
  const [refusal, setRefusal] = useScreenState("visit:sign-out", "")
  return {
    account: useAccount(),
    project,
    projects,
    selectProject: select,
    nav: navigation(path, id),
    online: outbox.online,
    pending: outbox.pending,
    dead: outbox.dead,
    refusals: useRefusals(),
    retry: (refused) => outbox.retry(refused).then(settled, () => undefined),
    drop: (refused) => outbox.drop(refused).then(settled, () => undefined),
    notice: [refusal, noticeOf(outbox.online, outbox.pending)].join(" ").trim(),
    theme,
    setTheme,
    demo: useDemo(),
    // Only the server can end the session, so without it nobody is signed out.
    signOut: () =>
      signOut().catch((error: unknown) => setRefusal(`Not signed out. ${problemOf(error).detail}`)),
  }
}

function navigation(path: string, projectId: string): readonly NavItem[] {
  const inspections = `/projects/${projectId === "" ? "current" : projectId}/itps`
  return [
    { id: "dashboard", label: "Dashboard", href: "/", current: path === "/" },
    {
      id: "itps",
      label: "Inspections",
      href: inspections,
      current: path.startsWith("/projects") || path.startsWith("/itps"),
    },
    { id: "ncrs", label: "NCRs", href: "/ncrs", current: path.startsWith("/ncrs") },
    { id: "diary", label: "Diary", href: "/diary", current: path.startsWith("/diary") },
  ]
}

function noticeOf(online: boolean, pending: number): string {
  const saves = pending === 1 ? "One save is" : `${pending} saves are`
  if (!online && pending === 0) return "Offline. What you save is kept on this device."
  if (!online) return `Offline. ${saves} waiting to be sent.`
  return pending === 0 ? "" : `${saves} waiting to be sent.`
}

/** The theme of this person; `auto` follows the device. */
function useTheme(): [Theme, (theme: Theme) => void] {
  const [theme, setTheme] = usePreference<Theme>("theme", "auto")
  useEffect(() => {
    if (theme === "auto") delete document.documentElement.dataset.theme
    else document.documentElement.dataset.theme = theme
  }, [theme])
  return [theme, setTheme]
}

/** What the server refused while nobody was looking at the form it came from. */
function useRefusals(): ShellModel["refusals"] {
  const outbox = useOutbox()
  const [dead, setDead] = useState<readonly Mutation[]>([])
  useEffect(() => {
    let current = true
    outbox.queue
      .dead()
      .then((found) => {
        if (current) setDead(found)
      })
      .catch(() => undefined)
    return () => {
      current = false
    }
  }, [outbox])
  return dead.map((mutation) => ({
    id: mutation.id,
    what: describe(mutation),
    why: mutation.failure?.detail ?? "The server refused it.",
  }))
}

function describe({ type, payload }: Mutation): string {
  if (type === "ncr.raise") return `NCR “${(payload as NewNcr).title}”`
  if (type === "ncr.move") return "Step of an NCR"
  if (type === "itp.item") return "Inspection result"
  if (type === "itp.sign") return "Signature of a hold point"
  return type === "diary.save" ? `Diary of ${(payload as DiaryChange).day}` : "A save"
}

function useDemo(): DemoControl | undefined {
  const { api, config } = useSiteproof()
  const { flags } = useBelay()
  const fault = useFlag(faultFlag, "none")
  const [state, setState] = useScreenState("demo", { busy: false, error: "" })
  if (!config.demo) return undefined
  const setBroken = async (broken: boolean): Promise<void> => {
    setState({ busy: true, error: "" })
    try {
      await api.call("POST", "/demo/fault", { broken })
      await flags.refresh()
      setState({ busy: false, error: "" })
    } catch (error) {
      setState({ busy: false, error: problemOf(error).detail })
    }
  }
  return { broken: fault === faultOn, ...state, setBroken }
}
