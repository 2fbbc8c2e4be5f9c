import { type ReactElement, type ReactNode, useEffect, useRef, useState } from "react"
import { Link } from "../app/link.tsx"
import { usePath } from "../app/router.ts"
import { type NavItem, type ShellModel, type Theme, useShell } from "../flows/shell/model.ts"
import "./kit/tokens.css"
import "./kit/base.css"
import "./shell.css"
import { Brand } from "./kit/brand.tsx"
import { Button } from "./kit/button.tsx"
import { Dialog } from "./kit/dialog.tsx"
import { Icon, type IconName } from "./kit/icon.tsx"
import { Notice } from "./kit/states.tsx"
import { ToastRegion, toast } from "./kit/toast.tsx"

const navIcons: Readonly<Record<NavItem["id"], IconName>> = {
  dashboard: "dashboard",
  itps: "checklist",
  ncrs: "warning",
  diary: "diary",
}

const themeLabels: Readonly<Record<Theme, string>> = {
  auto: "Auto",
  light: "Light",
  dark: "Dark",
}

/** The frame: navigation at the side on wide pages and at the bottom on phones, around one screen. */
export function Shell({ children }: { readonly children?: ReactNode }): ReactElement {
  const shell = useShell()
  const path = usePath()
  const [menu, setMenu] = useState(false)
  const [outbox, setOutbox] = useState(false)
  const shownPath = useRef(path)
  useEffect(() => {
    if (shownPath.current === path) return
    shownPath.current = path
    setMenu(false)
  }, [path])
  useSentLater(shell)
  return (
    <div className="s2-frame" data-design="new" data-menu={menu || undefined}>
      <a className="s2-frame-skip" href="#s2-content">
        Skip to the screen
      </a>
      <header className="s2-frame-side">
        <div className="s2-frame-top">
          <Brand />
          <button
            type="button"
            className="s2-frame-menu"
            aria-expanded={menu}
            onClick={() => setMenu(!menu)}
          >
            <Icon name={menu ? "cross" : "settings"} />
            <span className="s2-hidden">Menu</span>
            {shell.dead > 0 && <span className="s2-frame-alert" />}
          </button>
        </div>
        <ProjectChoice shell={shell} />
        <nav className="s2-frame-nav" aria-label="Main">
          {shell.nav.map((place) => (
            <Link
              key={place.id}
              href={place.href}
              aria-current={place.current ? "page" : undefined}
            >
              <Icon name={navIcons[place.id]} size={22} />
              <span>{place.label}</span>
            </Link>
          ))}
        </nav>
        <div className="s2-frame-foot">
          <Connection shell={shell} onOpen={() => setOutbox(true)} />
          {shell.demo && <DemoMenu demo={shell.demo} />}
          <ThemeChoice theme={shell.theme} onChoose={shell.setTheme} />
          <div className="s2-frame-person">
            <span className="s2-frame-initials" aria-hidden="true">
              {initials(shell.account.name)}
            </span>
            <span className="s2-frame-name">
              {shell.account.name}
              <small>{shell.account.role}</small>
            </span>
            <button type="button" title="Sign out" onClick={() => void shell.signOut()}>
              <Icon name="leave" />
              <span className="s2-hidden">Sign out</span>
            </button>
          </div>
        </div>
      </header>
      <main id="s2-content" className="s2-frame-main" tabIndex={-1}>
        <div className="s2-frame-notice" role="status">
          {shell.notice && (
            <p data-tone={shell.dead > 0 ? "bad" : "warn"}>
              <Icon name={shell.online ? "sending" : "offline"} size={18} />
              {shell.notice}
            </p>
          )}
        </div>
        {children}
      </main>
      {outbox && <Outbox shell={shell} onClose={() => setOutbox(false)} />}
      <ToastRegion />
    </div>
  )
}

/** Says so once what had waited without a network has arrived. */
function useSentLater({ online, pending, dead }: ShellModel): void {
  const waited = useRef(false)
  useEffect(() => {
    if (!online && pending > 0) waited.current = true
    if (!online || pending > 0 || !waited.current) return
    waited.current = false
    if (dead === 0) toast("The connection is back. Everything that waited has been sent.")
  }, [online, pending, dead])
}

/** "Dana Whitfield" becomes "DW". */
function initials(name: string): string {
  const words = name.split(/\s+/).filter(Boolean)
  const first = words[0]?.[0] ?? ""
  const last = words.length > 1 ? (words.at(-1)?.[0] ?? "") : ""
  return (first + last).toUpperCase()
}

function ProjectChoice({ shell }: { readonly shell: ShellModel }): ReactElement {
  const current = shell.project.state === "ready" ? shell.project.value : undefined
  return (
    <label className="s2-frame-project">
      <span className="s2-hidden">Project</span>
      <select
        name="project"
        value={current?.id ?? ""}
        disabled={shell.projects.length === 0}
        onChange={(event) => shell.selectProject(event.target.value)}
      >
        {!current && <option value="">Loading …</option>}
        {shell.projects.map((project) => (
          <option key={project.id} value={project.id}>
            {project.name}
          </option>
        ))}
      </select>
      <span className="s2-frame-client" aria-hidden="true">
        {current ? `${current.code} · ${current.client}` : ""}
      </span>
      <Icon name="down" size={16} />
    </label>
  )
}

/** Whether the device is connected and what waits on it. */
function Connection({
  shell,
  onOpen,
}: {
  readonly shell: ShellModel
  onOpen(): void
}): ReactElement {
  const icon: IconName = shell.online ? (shell.pending > 0 ? "sending" : "cloud") : "offline"
  const words =
    shell.pending > 0
      ? `${shell.pending} waiting to be sent`
      : shell.online
        ? "Everything is saved"
        : "Offline"
  return (
    <div className="s2-frame-connection">
      <p data-tone={shell.online && shell.pending === 0 ? "good" : "warn"}>
        <Icon name={icon} />
        {words}
      </p>
      {shell.dead > 0 && (
        <button type="button" onClick={onOpen}>
          {shell.dead} refused: look
        </button>
      )}
    </div>
  )
}

function ThemeChoice({
  theme,
  onChoose,
}: {
  readonly theme: Theme
  onChoose(theme: Theme): void
}): ReactElement {
  const icon: IconName = theme === "auto" ? "screen" : theme === "light" ? "sun" : "moon"
  return (
    <label className="s2-frame-row">
      <Icon name={icon} />
      <span>Theme</span>
      <select
        name="theme"
        value={theme}
        onChange={(event) => onChoose(event.target.value as Theme)}
      >
        {Object.entries(themeLabels).map(([value, label]) => (
          <option key={value} value={value}>
            {label}
          </option>
        ))}
      </select>
    </label>
  )
}

function DemoMenu({ demo }: { readonly demo: NonNullable<ShellModel["demo"]> }): ReactElement {
  const [open, setOpen] = useState(false)
  return (
    <div className="s2-frame-demo">
      <button
        type="button"
        className="s2-frame-row"
        aria-expanded={open}
        onClick={() => setOpen(!open)}
      >
        <Icon name="more" />
        <span>Demo</span>
        {demo.broken && <em>form is broken</em>}
      </button>
      {open && (
        <div>
          <Button
            small
            block
            busy={demo.busy}
            variant={demo.broken ? "secondary" : "danger"}
            onClick={() => void demo.setBroken(!demo.broken)}
          >
            {demo.broken ? "Repair the new NCR form" : "Break the new NCR form"}
          </Button>
          {demo.error && <p role="alert">{demo.error}</p>}
        </div>
      )}
    </div>
  )
}

/** What the server refused: it is kept until someone decides. */
function Outbox({ shell, onClose }: { readonly shell: ShellModel; onClose(): void }): ReactElement {
  return (
    <Dialog
      title="Not taken by the server"
      summary="Nothing is lost: each of these is kept on this device until you decide."
      onClose={onClose}
    >
      {shell.refusals.length === 0 && (
        <Notice tone="good" icon="check">
          Everything has been taken.
        </Notice>
      )}
      <ul className="s2-refusals">
        {shell.refusals.map((refusal) => (
          <li key={refusal.id}>
            <strong>{refusal.what}</strong>
            <p>{refusal.why}</p>
            <div>
              <Button small icon="restore" onClick={() => void shell.retry(refusal.id)}>
                Send again
              </Button>
              <Button small variant="quiet" onClick={() => void shell.drop(refusal.id)}>
                Delete
              </Button>
            </div>
          </li>
        ))}
      </ul>
    </Dialog>
  )
}
