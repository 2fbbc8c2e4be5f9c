import type { QueryClient, QueryKey, UseQueryOptions } from "@tanstack/react-query"
import type {
  Clients,
  Commit,
  Environment,
  Flag,
  FlagNode,
  Incident,
  Instance,
  Issue,
  IssueSummary,
  Overview,
  Person,
  Phase,
  Rollout,
  RolloutPage,
  RolloutSummary,
  Series,
  Setup,
  Topic,
} from "./api.ts"
import { call } from "./http.ts"

type Options<T> = UseQueryOptions<T, Error, T, QueryKey> & { readonly queryKey: QueryKey }

/** Evidence arrives all the time and is announced by nobody, so pages that show it ask again this often, ms. */
const evidenceEvery = 2_000

const path = (env: string, rest: string): string =>
  `/environments/${encodeURIComponent(env)}/${rest}`

function get<T>(key: QueryKey, url: string, tidy: (v: T) => T = (v) => v): Options<T> {
  return {
    queryKey: key,
    queryFn: async ({ signal }) => tidy(await call<T>("GET", url, undefined, signal)),
  }
}

/** Go writes an empty list as null when nobody made one; the console knows lists only. */
const list = <T>(v: readonly T[] | null | undefined): readonly T[] => v ?? []

/** A phase with the share that it really reaches: without those who are held back. */
const reached = (p: Phase, heldBack = 0): Phase => ({
  ...p,
  percent: Math.min(p.percent, 100 - heldBack),
})

function tidyRollout<T extends Rollout>(r: T): T {
  return {
    ...r,
    plan: { ...r.plan, phases: list(r.plan.phases).map((p) => reached(p, r.plan.hold_back)) },
    components: list(r.components),
    spans: list(r.spans),
    lost: list(r.lost),
    approvals: list(r.approvals),
  }
}

function tidyPage(p: RolloutPage): RolloutPage {
  return {
    ...tidyRollout(p),
    cohorts: list(p.cohorts),
    readings: list(p.readings),
    parts: list(p.parts),
    decisions: list(p.decisions).map((d) => ({ ...d, evidence: list(d.evidence) })),
    next: { ...p.next, waiting: list(p.next.waiting) },
  }
}

const tidyFlag = (f: Flag): Flag => ({
  ...f,
  tags: list(f.tags),
  segments: list(f.segments),
  identities: list(f.identities),
})

const tidyNode = (n: FlagNode): FlagNode => ({
  ...n,
  ...tidyFlag(n),
  children: list(n.children).map(tidyNode),
})

const tidyIncident = (i: Incident): Incident => ({ ...i, timeline: list(i.timeline) })
const tidyCommit = (c: Commit): Commit => ({ ...c, changes: list(c.changes) })

function tidyIssue<T extends IssueSummary>(i: T): T {
  return { ...i, by_variant: i.by_variant ?? {}, minutes: list(i.minutes) }
}

export const setup = (): Options<Setup> => get(["setup"], "/setup")
export const session = (): Options<Person> => get(["session"], "/session")
export const instance = (): Options<Instance> => get(["instance"], "/instance")
export const environments = (): Options<readonly Environment[]> =>
  get(["environments"], "/environments", list)

export const overview = (env: string): Options<Overview> => ({
  ...get<Overview>([env, "overview"], path(env, "overview"), (o) => ({
    ...o,
    rollouts: list(o.rollouts).map(tidyRollout),
    incidents: list(o.incidents).map(tidyIncident),
    issues: list(o.issues).map(tidyIssue),
    commits: list(o.commits).map(tidyCommit),
    traffic: { ...o.traffic, minutes: list(o.traffic.minutes) },
  })),
  refetchInterval: evidenceEvery,
})

export const clients = (env: string): Options<Clients> => ({
  ...get<Clients>([env, "clients"], path(env, "clients")),
  refetchInterval: evidenceEvery,
})

export const flags = (env: string): Options<readonly FlagNode[]> =>
  get<readonly FlagNode[]>([env, "flags"], path(env, "flags"), (all) => list(all).map(tidyNode))

export const flag = (env: string, key: string): Options<Flag> =>
  get<Flag>([env, "flags", key], path(env, `flags/${encodeURIComponent(key)}`), tidyFlag)

export const rollouts = (env: string): Options<readonly RolloutSummary[]> => ({
  ...get<readonly RolloutSummary[]>([env, "rollouts"], path(env, "rollouts"), (all) =>
    list(all).map(tidyRollout),
  ),
  refetchInterval: evidenceEvery,
})

const final = (r: Rollout | undefined): boolean =>
  r?.state === "rolled_back" || r?.state === "completed" || r?.state === "discarded"

/** The policy of a rollout as a file. */
export const policy = (env: string, id: string): Options<{ readonly text: string }> =>
  get<{ readonly text: string }>(
    [env, "rollouts", id, "policy"],
    `/rollouts/${encodeURIComponent(id)}/policy`,
  )

export const rollout = (env: string, id: string): Options<RolloutPage> => ({
  ...get<RolloutPage>([env, "rollouts", id], `/rollouts/${encodeURIComponent(id)}`, tidyPage),
  refetchInterval: (query) => (final(query.state.data) ? false : evidenceEvery),
})

export const series = (env: string, id: string, live: boolean): Options<Series> => ({
  ...get<Series>(
    [env, "rollouts", id, "series"],
    `/rollouts/${encodeURIComponent(id)}/series`,
    (s) => ({
      lines: list(s.lines).map((l) => ({ ...l, points: list(l.points) })),
    }),
  ),
  refetchInterval: live ? evidenceEvery : false,
})

export const issues = (env: string, since: string): Options<readonly IssueSummary[]> => ({
  ...get<readonly IssueSummary[]>(
    [env, "issues", since],
    path(env, `issues?since=${encodeURIComponent(since)}`),
    (all) => list(all).map(tidyIssue),
  ),
  refetchInterval: 2 * evidenceEvery,
})

export const issue = (env: string, fingerprint: string): Options<Issue> => ({
  ...get<Issue>(
    [env, "issues", "one", fingerprint],
    path(env, `issues/${encodeURIComponent(fingerprint)}`),
    (i) => ({
      ...tidyIssue(i),
      releases: list(i.releases),
      browsers: i.browsers ?? {},
      pages: i.pages ?? {},
    }),
  ),
  refetchInterval: 2 * evidenceEvery,
})

export const incidents = (env: string): Options<readonly Incident[]> =>
  get<readonly Incident[]>([env, "incidents"], path(env, "incidents"), (all) =>
    list(all).map(tidyIncident),
  )

export const incident = (env: string, id: string): Options<Incident> =>
  get<Incident>([env, "incidents", id], `/incidents/${encodeURIComponent(id)}`, tidyIncident)

/** What is kept of a topic, where that is more than what its name says. */
function keptOf(env: string, topic: Topic): readonly QueryKey[] {
  if (topic === "environments") return [["environments"], [env, "keys"]]
  if (topic === "people") return [["people"], ["session"]]
  return [[env, topic]]
}

/** Says that what is known about a topic is old; pages that show it ask again. */
export async function invalidate(client: QueryClient, env: string, topic: Topic): Promise<void> {
  const old = [...keptOf(env, topic), [env, "overview"]]
  await Promise.all(old.map((queryKey) => client.invalidateQueries({ queryKey })))
}
