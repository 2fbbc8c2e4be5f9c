import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  Outlet,
  redirect,
} from "@tanstack/react-router"
import { client, onSignedOut } from "./client.ts"
import { Problem } from "./lib/http.ts"
import { environments, session, setup } from "./lib/queries.ts"
import { Broken, Missing } from "./routes/broken.tsx"
import { Shell } from "./routes/shell.tsx"

const here = (): string => window.location.pathname + window.location.search

/** Nobody passes who is not signed in; the first person ever is asked to make the administrator. */
async function requireSession(): Promise<void> {
  try {
    await client.ensureQueryData(session())
  } catch (error) {
    if (!(error instanceof Problem) || error.status !== 401) throw error
    const { needed } = await client.fetchQuery(setup())
    if (needed) throw redirect({ to: "/setup" })
    throw redirect({ to: "/sign-in", search: { next: here() } })
  }
}

const text = (v: unknown): string => (typeof v === "string" ? v : "")

const root = createRootRoute({
  component: Outlet,
  notFoundComponent: Missing,
  errorComponent: Broken,
})

const index = createRoute({
  getParentRoute: () => root,
  path: "/",
  beforeLoad: async () => {
    await requireSession()
    const [first] = await client.ensureQueryData(environments())
    if (!first) throw new Problem(404, "This Belay has no environment.", "belay doctor says why.")
    throw redirect({ to: "/$env", params: { env: first.key } })
  },
})

const setupRoute = createRoute({
  getParentRoute: () => root,
  path: "/setup",
  beforeLoad: async () => {
    if (!(await client.fetchQuery(setup())).needed) throw redirect({ to: "/" })
  },
  component: lazyRouteComponent(() => import("./routes/setup.tsx"), "SetupRoute"),
})

const signIn = createRoute({
  getParentRoute: () => root,
  path: "/sign-in",
  validateSearch: (search: Record<string, unknown>): { next?: string } =>
    text(search.next).startsWith("/") && !text(search.next).startsWith("//")
      ? { next: text(search.next) }
      : {},
  component: lazyRouteComponent(() => import("./routes/sign-in.tsx"), "SignInRoute"),
})

const env = createRoute({
  getParentRoute: () => root,
  path: "/$env",
  beforeLoad: requireSession,
  component: Shell,
})

const overview = createRoute({
  getParentRoute: () => env,
  path: "/",
  component: lazyRouteComponent(() => import("./routes/overview.tsx"), "OverviewRoute"),
})

const rollouts = createRoute({
  getParentRoute: () => env,
  path: "/rollouts",
  component: lazyRouteComponent(() => import("./routes/rollouts.tsx"), "RolloutsRoute"),
})

const newRollout = createRoute({
  getParentRoute: () => env,
  path: "/rollouts/new",
  component: lazyRouteComponent(() => import("./routes/new-rollout.tsx"), "NewRolloutRoute"),
})

const rollout = createRoute({
  getParentRoute: () => env,
  path: "/rollouts/$id",
  component: lazyRouteComponent(() => import("./routes/rollout.tsx"), "RolloutRoute"),
})

const experiments = createRoute({
  getParentRoute: () => env,
  path: "/experiments",
  component: lazyRouteComponent(() => import("./routes/experiments.tsx"), "ExperimentsRoute"),
})

const newExperiment = createRoute({
  getParentRoute: () => env,
  path: "/experiments/new",
  component: lazyRouteComponent(() => import("./routes/experiments.tsx"), "NewExperimentRoute"),
})

const experiment = createRoute({
  getParentRoute: () => env,
  path: "/experiments/$id",
  component: lazyRouteComponent(() => import("./routes/experiments.tsx"), "ExperimentRoute"),
})

const flags = createRoute({
  getParentRoute: () => env,
  path: "/flags",
  validateSearch: (search: Record<string, unknown>): { find?: string } =>
    text(search.find) ? { find: text(search.find) } : {},
  component: lazyRouteComponent(() => import("./routes/flags.tsx"), "FlagsRoute"),
})

const checklist = createRoute({
  getParentRoute: () => env,
  path: "/checklist",
  component: lazyRouteComponent(() => import("./routes/checklist.tsx"), "ChecklistRoute"),
})

const scoreBoard = createRoute({
  getParentRoute: () => env,
  path: "/score",
  validateSearch: (search: Record<string, unknown>): { rollout?: string } =>
    text(search.rollout) ? { rollout: text(search.rollout) } : {},
  component: lazyRouteComponent(() => import("./routes/score.tsx"), "ScoreRoute"),
})

const segments = createRoute({
  getParentRoute: () => env,
  path: "/segments",
  component: lazyRouteComponent(() => import("./routes/segments.tsx"), "SegmentsRoute"),
})

const newSegment = createRoute({
  getParentRoute: () => env,
  path: "/segments/new",
  component: lazyRouteComponent(() => import("./routes/segments.tsx"), "NewSegmentRoute"),
})

const segment = createRoute({
  getParentRoute: () => env,
  path: "/segments/$key",
  component: lazyRouteComponent(() => import("./routes/segments.tsx"), "SegmentRoute"),
})

const people = createRoute({
  getParentRoute: () => env,
  path: "/people",
  validateSearch: (search: Record<string, unknown>): { who?: string } =>
    text(search.who) ? { who: text(search.who) } : {},
  component: lazyRouteComponent(() => import("./routes/people.tsx"), "PeopleRoute"),
})

const why = createRoute({
  getParentRoute: () => env,
  path: "/why",
  validateSearch: (search: Record<string, unknown>): { flag?: string; who?: string } => ({
    ...(text(search.flag) && { flag: text(search.flag) }),
    ...(text(search.who) && { who: text(search.who) }),
  }),
  component: lazyRouteComponent(() => import("./routes/people.tsx"), "WhyRoute"),
})

const flag = createRoute({
  getParentRoute: () => env,
  path: "/flags/$key",
  component: lazyRouteComponent(() => import("./routes/flag.tsx"), "FlagRoute"),
})

const stale = createRoute({
  getParentRoute: () => env,
  path: "/stale",
  validateSearch: (
    search: Record<string, unknown>,
  ): { days?: number; owner?: string; tag?: string; order?: "key" | "owner" } => ({
    ...(Number(search.days) >= 1 && { days: Math.round(Number(search.days)) }),
    ...(text(search.owner) && { owner: text(search.owner) }),
    ...(text(search.tag) && { tag: text(search.tag) }),
    ...((search.order === "key" || search.order === "owner") && { order: search.order }),
  }),
  component: lazyRouteComponent(() => import("./routes/stale.tsx"), "StaleRoute"),
})

const environmentList = createRoute({
  getParentRoute: () => env,
  path: "/environments",
  component: lazyRouteComponent(() => import("./routes/environments.tsx"), "EnvironmentsRoute"),
})

const compare = createRoute({
  getParentRoute: () => env,
  path: "/compare",
  validateSearch: (search: Record<string, unknown>): { with?: string } =>
    text(search.with) ? { with: text(search.with) } : {},
  component: lazyRouteComponent(() => import("./routes/compare.tsx"), "CompareRoute"),
})

const files = createRoute({
  getParentRoute: () => env,
  path: "/files",
  component: lazyRouteComponent(() => import("./routes/files.tsx"), "FilesRoute"),
})

const webhooks = createRoute({
  getParentRoute: () => env,
  path: "/webhooks",
  component: lazyRouteComponent(() => import("./routes/webhooks.tsx"), "WebhooksRoute"),
})

const errors = createRoute({
  getParentRoute: () => env,
  path: "/errors",
  validateSearch: (
    search: Record<string, unknown>,
  ): { since?: string; find?: string; component?: string } => ({
    ...(text(search.since) && { since: text(search.since) }),
    ...(text(search.find) && { find: text(search.find) }),
    ...(text(search.component) && { component: text(search.component) }),
  }),
  component: lazyRouteComponent(() => import("./routes/errors.tsx"), "ErrorsRoute"),
})

const error = createRoute({
  getParentRoute: () => env,
  path: "/errors/$fingerprint",
  component: lazyRouteComponent(() => import("./routes/error.tsx"), "ErrorRoute"),
})

const incidents = createRoute({
  getParentRoute: () => env,
  path: "/incidents",
  component: lazyRouteComponent(() => import("./routes/incidents.tsx"), "IncidentsRoute"),
})

const incident = createRoute({
  getParentRoute: () => env,
  path: "/incidents/$id",
  component: lazyRouteComponent(() => import("./routes/incident.tsx"), "IncidentRoute"),
})

const audit = createRoute({
  getParentRoute: () => env,
  path: "/audit",
  validateSearch: (
    search: Record<string, unknown>,
  ): { kind?: string; subject?: string; actor?: string; since?: string } => ({
    ...(text(search.kind) && { kind: text(search.kind) }),
    ...(text(search.subject) && { subject: text(search.subject) }),
    ...(text(search.actor) && { actor: text(search.actor) }),
    ...(text(search.since) && { since: text(search.since) }),
  }),
  component: lazyRouteComponent(() => import("./routes/audit.tsx"), "AuditRoute"),
})

const changes = createRoute({
  getParentRoute: () => env,
  path: "/changes",
  component: lazyRouteComponent(() => import("./routes/changes.tsx"), "ChangesRoute"),
})

const change = createRoute({
  getParentRoute: () => env,
  path: "/changes/$id",
  component: lazyRouteComponent(() => import("./routes/changes.tsx"), "ChangeRoute"),
})

const team = createRoute({
  getParentRoute: () => env,
  path: "/team",
  component: lazyRouteComponent(() => import("./routes/team.tsx"), "TeamRoute"),
})

const welcome = createRoute({
  getParentRoute: () => root,
  path: "/welcome",
  component: lazyRouteComponent(() => import("./routes/welcome.tsx"), "WelcomeRoute"),
})

const tree = root.addChildren([
  index,
  setupRoute,
  signIn,
  welcome,
  env.addChildren([
    overview,
    rollouts,
    newRollout,
    rollout,
    experiments,
    newExperiment,
    experiment,
    checklist,
    scoreBoard,
    flags,
    flag,
    stale,
    environmentList,
    compare,
    files,
    webhooks,
    segments,
    newSegment,
    segment,
    people,
    why,
    errors,
    error,
    incidents,
    incident,
    changes,
    change,
    audit,
    team,
  ]),
])

const made = createRouter({
  routeTree: tree,
  defaultPreload: "intent",
  scrollRestoration: true,
  defaultErrorComponent: Broken,
})

onSignedOut(() => {
  if (!window.location.pathname.startsWith("/sign-in")) {
    void made.navigate({ to: "/sign-in", search: { next: here() } })
  }
})

/** Every page of the console and its address. */
export { made as router }

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof made
  }
}
