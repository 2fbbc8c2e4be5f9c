import type { ReactNode } from "react"
import { type Pair, pair } from "./pair.tsx"

type None = Record<never, never>

/** The flag above all others: it also chooses the frame. */
export const masterFlag = "design-system-v2"

export const shell: Pair<{ readonly children: ReactNode }> = pair(
  masterFlag,
  () => import("../old/shell.tsx").then((part) => part.Shell),
  () => import("../new/shell.tsx").then((part) => part.Shell),
  "shell",
)
export const login: Pair<None> = pair(
  "auth",
  () => import("../old/login.tsx").then((part) => part.Login),
  () => import("../new/login.tsx").then((part) => part.Login),
)
export const dashboard: Pair<None> = pair(
  "dashboard",
  () => import("../old/dashboard.tsx").then((part) => part.Dashboard),
  () => import("../new/dashboard.tsx").then((part) => part.Dashboard),
)
export const itpList: Pair<{ readonly projectId: string }> = pair(
  "itp-form",
  () => import("../old/itp-list.tsx").then((part) => part.ItpList),
  () => import("../new/itp-list.tsx").then((part) => part.ItpList),
)
export const itpForm: Pair<{ readonly id: string }> = pair(
  "itp-form",
  () => import("../old/itp-form.tsx").then((part) => part.ItpForm),
  () => import("../new/itp-form.tsx").then((part) => part.ItpForm),
)
export const ncrList: Pair<None> = pair(
  "ncr-form",
  () => import("../old/ncr-list.tsx").then((part) => part.NcrList),
  () => import("../new/ncr-list.tsx").then((part) => part.NcrList),
)
export const ncrForm: Pair<None> = pair(
  "ncr-form",
  () => import("../old/ncr-form.tsx").then((part) => part.NcrForm),
  () => import("../new/ncr-form.tsx").then((part) => part.NcrForm),
)
export const ncrDetail: Pair<{ readonly id: string }> = pair(
  "ncr-form",
  () => import("../old/ncr-detail.tsx").then((part) => part.NcrDetail),
  () => import("../new/ncr-detail.tsx").then((part) => part.NcrDetail),
)
export const diary: Pair<None> = pair(
  "diary",
  () => import("../old/diary.tsx").then((part) => part.Diary),
  () => import("../new/diary.tsx").then((part) => part.Diary),
)

const all = [shell, login, dashboard, itpList, itpForm, ncrList, ncrForm, ncrDetail, diary]

/** Fetches every screen in a quiet moment, so that it opens where there is no network. */
export function loadInAdvance(): void {
  const fetchAll = (): void => {
    for (const { load } of all) load().catch(() => undefined)
  }
  if ("requestIdleCallback" in window) requestIdleCallback(fetchAll, { timeout: 5_000 })
  else setTimeout(fetchAll, 1_000)
}
