import { type ReactElement, useState } from "react"
import { useLogin } from "../flows/auth/model.ts"
import "./kit/tokens.css"
import "./kit/base.css"
import "./login.css"
import { Brand } from "./kit/brand.tsx"
import { Button } from "./kit/button.tsx"
import { Field, TextInput } from "./kit/field.tsx"
import { Notice, OfflineNotice } from "./kit/states.tsx"

/** The way in. */
export function Login(): ReactElement {
  const login = useLogin()
  const [revealed, setRevealed] = useState(false)
  return (
    <div className="s2-login" data-design="new" data-screen="login">
      <div className="s2-login-side" aria-hidden="true">
        <Brand large />
        <Elevation />
        <p>Inspections, non-conformances and the site diary, where the work is.</p>
      </div>
      <main className="s2-login-main">
        <form
          className="s2-login-form"
          noValidate
          onSubmit={(event) => {
            event.preventDefault()
            void login.submit()
          }}
        >
          <div className="s2-login-brand">
            <Brand />
          </div>
          <h1>Sign in to SiteProof</h1>
          {!login.online && (
            <OfflineNotice>
              Signing in needs a connection. Drafts on this device are safe.
            </OfflineNotice>
          )}
          {login.problem && (
            <Notice tone="bad" icon="warning" urgent>
              {login.problem.detail} {login.problem.hint}
            </Notice>
          )}
          <Field label="Email" required error={login.errors.email}>
            {(control) => (
              <TextInput
                {...control}
                name="email"
                type="email"
                autoComplete="username"
                autoCapitalize="none"
                spellCheck={false}
                value={login.values.email}
                onChange={(event) => login.set({ email: event.target.value })}
              />
            )}
          </Field>
          <Field
            label="Password"
            required
            error={login.errors.password}
            aside={
              <button
                type="button"
                className="s2-login-reveal"
                aria-pressed={revealed}
                onClick={() => setRevealed(!revealed)}
              >
                {revealed ? "Conceal" : "Reveal"}
              </button>
            }
          >
            {(control) => (
              <TextInput
                {...control}
                name="password"
                type={revealed ? "text" : "password"}
                autoComplete="current-password"
                value={login.values.password}
                onChange={(event) => login.set({ password: event.target.value })}
              />
            )}
          </Field>
          <Button type="submit" variant="primary" block busy={login.status === "submitting"}>
            Sign in
          </Button>
          <p className="s2-muted">No account yet? Your project's document controller makes one.</p>
        </form>
      </main>
    </div>
  )
}

const floors = [0, 1, 2, 3, 4, 5, 6] as const
const bays = [0, 1, 2, 3, 4] as const
/** Bays of the drawing that are signed off, by floor: a building that is on its way up. */
const signedOff = [5, 5, 5, 4, 2, 1, 0] as const

/** A building in elevation, floor by floor signed off. */
function Elevation(): ReactElement {
  return (
    <svg aria-hidden="true" className="s2-elevation" viewBox="0 0 420 380">
      <path d="M10 352h400M40 20v332M380 60v292" />
      {floors.map((floor) => (
        <g key={floor}>
          <path d={`M28 ${352 - (floor + 1) * 42}h364`} />
          {bays.map((bay) => (
            <rect
              key={bay}
              x={60 + bay * 62}
              y={352 - (floor + 1) * 42 + 8}
              width={50}
              height={28}
              rx={2}
              data-done={bay < (signedOff[floor] ?? 0) || undefined}
            />
          ))}
        </g>
      ))}
      <path d="M40 20h190M40 58 68 20M230 20v26M222 46h16v10h-16z" />
    </svg>
  )
}
