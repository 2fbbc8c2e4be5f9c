import { ActionIcon, Select, UnstyledButton } from "@mantine/core"
import {
  IconAlertTriangle,
  IconArrowsExchange,
  IconBug,
  IconFlask,
  IconGitPullRequest,
  IconHelpCircle,
  IconHistory,
  IconLayoutDashboard,
  IconListCheck,
  IconMenu2,
  IconServer,
  IconStairsUp,
  IconTargetArrow,
  IconToggleRight,
  IconUser,
  IconUsers,
  IconUsersGroup,
  IconWebhook,
  IconWifiOff,
} from "@tabler/icons-react"
import { useQuery } from "@tanstack/react-query"
import { getRouteApi, Link, Outlet, useLocation, useNavigate } from "@tanstack/react-router"
import { type ReactNode, useEffect, useState } from "react"
import { PersonMenu } from "../features/session/person-menu.tsx"
import { type Live, useLive } from "../lib/live.ts"
import { environments, incidents, instance, session } from "../lib/queries.ts"
import { changes, waitsFor } from "../lib/queries-changes.ts"
import { clockTime } from "../lib/time.ts"
import { Mark } from "../ui/mark.tsx"
import styles from "./shell.module.css"

const route = getRouteApi("/$env")

const pages = [
  { to: "/$env", label: "Overview", icon: IconLayoutDashboard },
  { to: "/$env/rollouts", label: "Rollouts", icon: IconStairsUp },
  { to: "/$env/score", label: "Score board", icon: IconTargetArrow },
  { to: "/$env/checklist", label: "Checklist", icon: IconListCheck },
  { to: "/$env/flags", label: "Flags", icon: IconToggleRight },
  { to: "/$env/experiments", label: "Experiments", icon: IconFlask },
  { to: "/$env/changes", label: "Changes", icon: IconGitPullRequest },
  { to: "/$env/segments", label: "Segments", icon: IconUsersGroup },
  { to: "/$env/people", label: "People", icon: IconUser },
  { to: "/$env/why", label: "Why", icon: IconHelpCircle },
  { to: "/$env/errors", label: "Errors", icon: IconBug },
  { to: "/$env/incidents", label: "Incidents", icon: IconAlertTriangle },
  { to: "/$env/environments", label: "Environments", icon: IconServer },
  { to: "/$env/files", label: "Import & export", icon: IconArrowsExchange },
  { to: "/$env/webhooks", label: "Webhooks", icon: IconWebhook },
  { to: "/$env/audit", label: "Audit", icon: IconHistory },
  { to: "/$env/team", label: "Team", icon: IconUsers },
] as const

/** What surrounds every page: where one is, whether it is live, and the way elsewhere. */
export function Shell(): ReactNode {
  const { env } = route.useParams()
  const live = useLive(env)
  const [open, setOpen] = useState(false)
  const { pathname } = useLocation()
  // biome-ignore lint/correctness/useExhaustiveDependencies: the menu closes whenever the address changes
  useEffect(() => setOpen(false), [pathname])
  return (
    <div className={styles.shell}>
      <a className="skip" href="#main">
        Skip to the page
      </a>
      <Navigation env={env} open={open} />
      <button
        type="button"
        className={styles.veil}
        data-open={open || undefined}
        aria-label="Close the menu"
        onClick={() => setOpen(false)}
      />
      <div className={styles.main}>
        <section className={styles.top} aria-label="Where you are">
          <ActionIcon
            className={styles.burger ?? ""}
            variant="subtle"
            color="gray"
            size={38}
            aria-label="Open the menu"
            aria-expanded={open}
            onClick={() => setOpen(true)}
          >
            <IconMenu2 size={22} />
          </ActionIcon>
          <Where env={env} />
          <LiveMark live={live} />
        </section>
        {live.state === "lost" && (
          <div className={styles.banner} role="status">
            <IconWifiOff size={16} aria-hidden="true" />
            <strong>Live updates lost since {clockTime(live.since)}, retrying.</strong>
            <span>This page asks every 5 seconds instead.</span>
          </div>
        )}
        <main id="main" tabIndex={-1}>
          <Outlet />
        </main>
      </div>
    </div>
  )
}

function Navigation({ env, open }: { readonly env: string; readonly open: boolean }): ReactNode {
  const unresolved = useQuery(incidents(env)).data?.filter((i) => i.status !== "resolved").length
  const who = useQuery(session()).data
  const waiting = (useQuery(changes(env)).data ?? []).filter((r) => waitsFor(r, who)).length
  const version = useQuery(instance()).data?.version
  return (
    <nav className={styles.nav} data-open={open || undefined} aria-label="Pages">
      <Link to="/$env" params={{ env }} className={styles.brand}>
        <Mark />
        Belay
      </Link>
      <div className={styles.links}>
        {pages.map(({ to, label, icon: Icon }) => (
          <Link
            key={to}
            to={to}
            params={{ env }}
            activeOptions={{ exact: to === "/$env" }}
            className={styles.link}
          >
            <Icon size={18} stroke={1.8} aria-hidden="true" />
            {label}
            {to === "/$env/changes" && waiting > 0 && (
              <span className={styles.count} title="wait for you">
                {waiting}
              </span>
            )}
            {to === "/$env/incidents" && !!unresolved && (
              <span className={styles.count} title="not resolved">
                {unresolved}
              </span>
            )}
          </Link>
        ))}
      </div>
      <div className={styles.foot}>
        <PersonMenu
          target={(name, initials) => (
            <UnstyledButton className={styles.person ?? ""}>
              {initials}
              <span className={styles.name}>{name}</span>
            </UnstyledButton>
          )}
        />
        {version && <span className={styles.version}>Belay {version}</span>}
      </div>
    </nav>
  )
}

function Where({ env }: { readonly env: string }): ReactNode {
  const all = useQuery(environments()).data ?? []
  const go = useNavigate()
  const current = all.find((e) => e.key === env)
  return (
    <div className={styles.where}>
      {current && <span className={styles.project}>{current.project} /</span>}
      {all.length > 1 ? (
        <Select
          aria-label="Environment"
          size="xs"
          w={150}
          value={env}
          allowDeselect={false}
          data={all.map((e) => ({ value: e.key, label: e.name }))}
          onChange={(key) => {
            if (key) void go({ to: "/$env", params: { env: key } })
          }}
        />
      ) : (
        <strong>{current?.name ?? env}</strong>
      )}
    </div>
  )
}

const said: Readonly<Record<Live["state"], string>> = {
  connecting: "Connecting",
  live: "Live",
  lost: "Not live",
}

function LiveMark({ live }: { readonly live: Live }): ReactNode {
  return (
    <span className={styles.live}>
      <span className={styles.dot} data-state={live.state} />
      {said[live.state]}
    </span>
  )
}
