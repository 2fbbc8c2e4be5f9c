import { type FormEvent, type ReactElement, useState } from "react"
import { useLogin } from "../flows/auth/model.ts"
import { Button, Field } from "./parts.tsx"

/** The sign-in screen. */
export function Login(): ReactElement {
  const login = useLogin()
  const [revealed, setRevealed] = useState(false)
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    void login.submit()
  }
  return (
    <main className="o-login" data-screen="login" data-design="old">
      <div>
        <p className="o-brand">SiteProof</p>
        <section className="o-panel">
          <header>
            <h1 style={{ font: "inherit", margin: 0 }}>Sign in to SiteProof</h1>
          </header>
          <div>
            {login.problem === undefined ? null : (
              <div className="o-box" data-tone="bad" role="alert">
                <p>
                  {login.problem.detail} {login.problem.hint}
                </p>
              </div>
            )}
            {login.online ? null : (
              <div className="o-box" data-tone="warn" role="status">
                <p>You are offline. Signing in needs a connection.</p>
              </div>
            )}
            <form className="o-form" noValidate onSubmit={submit}>
              <Field label="Email" required wide error={login.errors.email}>
                {(control) => (
                  <input
                    {...control}
                    name="email"
                    type="email"
                    autoComplete="username"
                    value={login.values.email}
                    onChange={(event) => login.set({ email: event.target.value })}
                  />
                )}
              </Field>
              <Field label="Password" required wide error={login.errors.password}>
                {(control) => (
                  <input
                    {...control}
                    name="password"
                    type={revealed ? "text" : "password"}
                    autoComplete="current-password"
                    value={login.values.password}
                    onChange={(event) => login.set({ password: event.target.value })}
                  />
                )}
              </Field>
              <div className="o-buttons o-wide">
                <Button main submit disabled={login.status === "submitting"}>
                  Sign in
                </Button>
                <Button pressed={revealed} onClick={() => setRevealed(!revealed)}>
                  Reveal
                </Button>
              </div>
            </form>
          </div>
        </section>
        <p className="o-soft">Inspections, non-conformances and site diary in one place.</p>
      </div>
    </main>
  )
}
