import type { Belay } from "@belay/browser"
import { BelayProvider } from "@belay/react"
import {
  type ReactElement,
  type ReactNode,
  Suspense,
  useCallback,
  useEffect,
  useMemo,
  useRef,
  useState,
} from "react"
import type { Account, PageConfig } from "../api/wire.ts"
import { Broken } from "./broken.tsx"
import { type Siteproof, SiteproofContext } from "./context.ts"
import { Show } from "./pair.tsx"
import { navigate, onMove, usePath } from "./router.ts"
import {
  dashboard,
  diary,
  itpForm,
  itpList,
  loadInAdvance,
  login,
  ncrDetail,
  ncrForm,
  ncrList,
  shell,
} from "./screens.ts"
import { appName, openWorkspace, type Workspace } from "./workspace.ts"

/** The app: who is signed in, and the screen of the address in the frame. */
export function App(props: {
  readonly belay: Belay
  readonly config: PageConfig
  readonly account: Account | null
}): ReactElement {
  const { belay, config } = props
  const { workspace, signIn, signOut } = useWorkspace(belay, props.account)
  const { account, api, screen, data, queue } = workspace
  const context = useMemo<Siteproof>(
    () => ({ config, account, api, screen, signIn, signOut }),
    [config, account, api, screen, signIn, signOut],
  )
  useEffect(() => onMove(screen.leave), [screen])
  useEffect(loadInAdvance, [])
  return (
    <SiteproofContext.Provider value={context}>
      <BelayProvider
        key={account?.id ?? ""}
        client={belay}
        data={data}
        queue={queue}
        app={appName}
        subject={account?.id ?? null}
      >
        <Broken>
          <Suspense fallback={null}>
            {account ? (
              <Show pair={shell} with={{ children: <Screen /> }} />
            ) : (
              <Show pair={login} with={{}} />
            )}
          </Suspense>
        </Broken>
      </BelayProvider>
    </SiteproofContext.Provider>
  )
}

/** The screen of the address. */
function Screen(): ReactElement {
  const path = usePath()
  return (
    <Broken key={path}>
      <Suspense fallback={<p aria-busy="true">Loading…</p>}>{screenOf(path)}</Suspense>
    </Broken>
  )
}

function screenOf(path: string): ReactNode {
  const [first = "", second = "", third = ""] = path.split("/").slice(1).map(decode)
  if (first === "projects" && third === "itps") {
    return <Show key={path} pair={itpList} with={{ projectId: second }} />
  }
  if (first === "itps" && second !== "") {
    return <Show key={path} pair={itpForm} with={{ id: second }} />
  }
  if (first === "ncrs" && second === "new") return <Show key={path} pair={ncrForm} with={{}} />
  if (first === "ncrs" && second !== "") {
    return <Show key={path} pair={ncrDetail} with={{ id: second }} />
  }
  if (first === "ncrs") return <Show key={path} pair={ncrList} with={{}} />
  if (first === "diary") return <Show key={path} pair={diary} with={{}} />
  return <Show key={path} pair={dashboard} with={{}} />
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}

/** Who is signed in, with all that belongs to them. */
function useWorkspace(
  belay: Belay,
  first: Account | null,
): Pick<Siteproof, "signIn" | "signOut"> & { readonly workspace: Workspace } {
  const become = useRef<(account: Account | null) => Promise<void>>(() => Promise.resolve())
  const [workspace, setWorkspace] = useState(() => open(first))
  const current = useRef(workspace)

  function open(account: Account | null): Workspace {
    return openWorkspace({
      belay,
      account,
      onSignedOut: () => {
        become.current(null).catch(() => undefined)
      },
    })
  }
  become.current = async (account) => {
    if (current.current.account?.id === account?.id) return
    current.current.close()
    current.current = open(account)
    belay.identify(account && identityOf(account))
    // The flags of the new person first, so that no screen changes its design under their eyes.
    await belay.flags.loaded
    setWorkspace(current.current)
  }
  const signIn = useCallback(async (email: string, password: string) => {
    const { api } = current.current
    await become.current(await api.call<Account>("POST", "/api/session", { email, password }))
    if (location.pathname === "/login") navigate("/", { replace: true })
  }, [])
  const signOut = useCallback(async () => {
    await current.current.api.call("DELETE", "/api/session")
    await become.current(null)
    navigate("/login")
  }, [])
  return { workspace, signIn, signOut }
}

/** What Belay knows of a person: the id that places them in an arm, and their role. */
export function identityOf(account: Account): {
  readonly id: string
  readonly traits: Readonly<Record<string, string>>
} {
  return { id: account.id, traits: { role: account.role } }
}
