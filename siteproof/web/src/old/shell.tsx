import type { ReactElement, ReactNode } from "react"
import { Link } from "../app/link.tsx"
import { type ShellModel, type Theme, useShell } from "../flows/shell/model.ts"
import { Button } from "./parts.tsx"

/** The frame around every screen behind the sign-in. */
export function Shell(props: { readonly children: ReactNode }): ReactElement {
  const shell = useShell()
  return (
    <div className="o-app" data-design="old">
      <header className="o-bar">
        <span className="o-brand">SiteProof</span>
        <nav className="o-nav" aria-label="Main">
          {shell.nav.map((item) => (
            <Link key={item.id} href={item.href} aria-current={item.current ? "page" : undefined}>
              {item.label}
            </Link>
          ))}
        </nav>
        <Tools shell={shell} />
      </header>
      <div className="o-notice" role="status">
        {shell.notice}
      </div>
      <Refusals shell={shell} />
      {props.children}
    </div>
  )
}

function Tools({ shell }: { readonly shell: ShellModel }): ReactElement {
  const current = shell.project.state === "ready" ? shell.project.value.id : ""
  return (
    <div className="o-tools">
      <label>
        Project
        <select value={current} onChange={(event) => shell.selectProject(event.target.value)}>
          {current === "" ? <option value="">…</option> : null}
          {shell.projects.map((project) => (
            <option key={project.id} value={project.id}>
              {project.code} {project.name}
            </option>
          ))}
        </select>
      </label>
      <label>
        Theme
        <select
          value={shell.theme}
          onChange={(event) => shell.setTheme(event.target.value as Theme)}
        >
          <option value="auto">As the device</option>
          <option value="light">Light</option>
          <option value="dark">Dark</option>
        </select>
      </label>
      <Demo shell={shell} />
      <span>{shell.account.name}</span>
      <Button onClick={() => void shell.signOut()}>Sign out</Button>
    </div>
  )
}

function Demo({ shell }: { readonly shell: ShellModel }): ReactElement | null {
  const { demo } = shell
  if (demo === undefined) return null
  return (
    <details>
      <summary>Demo</summary>
      <Button disabled={demo.busy} onClick={() => void demo.setBroken(!demo.broken)}>
        {demo.broken ? "Repair the new NCR form" : "Break the new NCR form"}
      </Button>
      {demo.error === "" ? null : <p role="alert">{demo.error}</p>}
    </details>
  )
}

function Refusals({ shell }: { readonly shell: ShellModel }): ReactElement | null {
  if (shell.refusals.length === 0) return null
  return (
    <div className="o-screen">
      {shell.refusals.map((refusal) => (
        <div key={refusal.id} className="o-box" data-tone="bad" role="alert">
          <p>
            <strong>{refusal.what}</strong> was not accepted: {refusal.why}
          </p>
          <Button onClick={() => void shell.retry(refusal.id)}>Send again</Button>
          <Button onClick={() => void shell.drop(refusal.id)}>Drop it</Button>
        </div>
      ))}
    </div>
  )
}
