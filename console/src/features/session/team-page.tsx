import { Alert, Button, CopyButton, Menu, PasswordInput, Select, TextInput } from "@mantine/core"
import { IconDots, IconUserPlus, IconUsers } from "@tabler/icons-react"
import { useQuery, useQueryClient } from "@tanstack/react-query"
import { type ReactNode, useState } from "react"
import type { Invited, Member, Role } from "../../lib/api-changes.ts"
import { call } from "../../lib/http.ts"
import { session } from "../../lib/queries.ts"
import { people } from "../../lib/queries-changes.ts"
import { fullTime } from "../../lib/time.ts"
import { Card } from "../../ui/card.tsx"
import { Page } from "../../ui/page.tsx"
import { type Ask, ReasonDialog } from "../../ui/reason-dialog.tsx"
import { Empty, Loaded } from "../../ui/states.tsx"
import { Status } from "../../ui/status.tsx"
import styles from "./team.module.css"

const roles: readonly { readonly value: Role; readonly label: string }[] = [
  { value: "viewer", label: "Viewer: sees everything" },
  { value: "operator", label: "Operator: changes flags and rollouts, approves" },
  { value: "admin", label: "Administrator: manages people and settings too" },
]

const names: Readonly<Record<Role, string>> = {
  admin: "Administrator",
  operator: "Operator",
  viewer: "Viewer",
}

const one =
  "Where changes need approval, you and they count as one person for a week: you cannot approve each other’s."

/** Who may sign in, and as what. */
export function TeamPage(): ReactNode {
  const query = useQuery(people())
  const admin = useQuery(session()).data?.role === "admin"
  const client = useQueryClient()
  const [ask, setAsk] = useState<Ask>()
  const [adding, setAdding] = useState(false)
  const [invited, setInvited] = useState<Invited>()
  const again = (): Promise<void> => client.invalidateQueries({ queryKey: people().queryKey })
  const change = (m: Member, fields: Record<string, unknown>) => async (reason: string) => {
    await call<Member>("PATCH", `/people/${m.id}`, { ...fields, reason })
    await again()
  }
  const link = (m: Member) => async (reason: string) => {
    setInvited(await call<Invited>("POST", `/people/${m.id}/link`, { reason }))
    await again()
  }
  return (
    <Page
      title="Team"
      lead="Who may sign in to this Belay, and as what. Everything they do carries their name."
      actions={
        admin && (
          <Button leftSection={<IconUserPlus size={17} />} onClick={() => setAdding(true)}>
            Let somebody in
          </Button>
        )
      }
      narrow
    >
      {invited?.link && <LinkNote invited={invited} close={() => setInvited(undefined)} />}
      <Loaded query={query} bones={[260]}>
        {(all) => (
          <Card flush>
            {all.length === 0 && (
              <Empty icon={<IconUsers size={24} />} title="Nobody yet">
                The first administrator is made when the console is opened for the first time.
              </Empty>
            )}
            <ul className={styles.list}>
              {all.map((m) => (
                <li key={m.id} className={styles.row}>
                  <div>
                    <strong>{m.name}</strong>
                    <div className={styles.quiet}>{m.email}</div>
                  </div>
                  <div className={styles.state}>
                    <span>{names[m.role]}</span>
                    {!m.active && <Status tone="idle">Locked out</Status>}
                    {m.active && m.invited && <Status tone="warn">Has not signed in yet</Status>}
                  </div>
                  {admin && <Acts member={m} ask={setAsk} change={change} link={link} />}
                </li>
              ))}
            </ul>
          </Card>
        )}
      </Loaded>
      <ReasonDialog ask={ask} close={() => setAsk(undefined)} />
      <AddDialog
        opened={adding}
        close={() => setAdding(false)}
        done={async (made) => {
          setInvited(made)
          await again()
        }}
      />
    </Page>
  )
}

interface ActsProps {
  readonly member: Member
  readonly ask: (ask: Ask) => void
  readonly change: (m: Member, fields: Record<string, unknown>) => Ask["act"]
  readonly link: (m: Member) => Ask["act"]
}

function Acts({ member: m, ask, change, link }: ActsProps): ReactNode {
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <Button variant="subtle" size="compact-sm" aria-label={`What to do with ${m.name}`}>
          <IconDots size={18} />
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        {roles
          .filter((r) => r.value !== m.role)
          .map((r) => (
            <Menu.Item
              key={r.value}
              onClick={() =>
                ask({
                  title: `Make ${m.name} ${names[r.value].toLowerCase()}?`,
                  says: `${r.label}. It holds at once, also where they are signed in. ${one}`,
                  confirm: "Change the role",
                  act: change(m, { role: r.value }),
                })
              }
            >
              Make {names[r.value].toLowerCase()}
            </Menu.Item>
          ))}
        {m.active && (
          <Menu.Item
            onClick={() =>
              ask({
                title: `A new link for ${m.name}?`,
                says: `By it they choose a password, once, within three days. Their present one works until then. ${one}`,
                confirm: "Make the link",
                act: link(m),
              })
            }
          >
            Link to choose a password
          </Menu.Item>
        )}
        <Menu.Item
          onClick={() =>
            ask({
              title: m.active ? `Lock ${m.name} out?` : `Let ${m.name} in again?`,
              says: m.active
                ? "They are signed out everywhere at once. What they did stays under their name."
                : "They may sign in again with the password they had.",
              confirm: m.active ? "Lock out" : "Let in",
              danger: m.active,
              act: change(m, { active: !m.active }),
            })
          }
        >
          {m.active ? "Lock out" : "Let in again"}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  )
}

function LinkNote({
  invited,
  close,
}: {
  readonly invited: Invited
  readonly close: () => void
}): ReactNode {
  const link = `${window.location.origin}${invited.link}`
  return (
    <Alert
      color="warn"
      title={`Send this link to ${invited.name}`}
      withCloseButton
      onClose={close}
      closeButtonLabel="I have sent it"
    >
      <p>
        It is shown only now and works once
        {invited.expires_at && `, until ${fullTime(invited.expires_at)}`}. Whoever opens it can sign
        in as {invited.name}.
      </p>
      <code className={styles.link}>{link}</code>
      <CopyButton value={link}>
        {({ copied, copy }) => (
          <Button mt={8} size="xs" variant="default" onClick={copy}>
            {copied ? "Copied" : "Copy the link"}
          </Button>
        )}
      </CopyButton>
    </Alert>
  )
}

interface AddDialogProps {
  readonly opened: boolean
  readonly close: () => void
  readonly done: (made: Invited) => Promise<void>
}

function AddDialog({ opened, close, done }: AddDialogProps): ReactNode {
  const [name, setName] = useState("")
  const [email, setEmail] = useState("")
  const [role, setRole] = useState<Role>("operator")
  const [password, setPassword] = useState("")
  const add = async (reason: string): Promise<void> => {
    const made = await call<Invited>("POST", "/people", {
      name,
      email,
      role,
      reason,
      ...(password ? { password } : {}),
    })
    setName("")
    setEmail("")
    setPassword("")
    await done(made)
  }
  return (
    <ReasonDialog
      ask={
        opened
          ? {
              title: "Let somebody in",
              says: `They get a link to choose a password, unless you give them a first one here. ${one}`,
              confirm: "Let them in",
              ready: name.trim() !== "" && email.includes("@"),
              act: add,
            }
          : undefined
      }
      close={close}
    >
      <TextInput
        label="Name"
        required
        maxLength={100}
        value={name}
        onChange={(e) => setName(e.currentTarget.value)}
      />
      <TextInput
        label="Email"
        type="email"
        required
        value={email}
        onChange={(e) => setEmail(e.currentTarget.value)}
      />
      <Select
        label="Role"
        allowDeselect={false}
        value={role}
        onChange={(v) => setRole((v ?? "viewer") as Role)}
        data={[...roles]}
      />
      <PasswordInput
        label="First password"
        description="May stay empty: then there is a link."
        autoComplete="new-password"
        value={password}
        onChange={(e) => setPassword(e.currentTarget.value)}
      />
    </ReasonDialog>
  )
}
