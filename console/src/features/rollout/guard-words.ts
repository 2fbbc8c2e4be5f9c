import type { GuardKind } from "../../lib/api.ts"

interface GuardWords {
  readonly name: string
  /** The question it asks. */
  readonly watches: string
}

/** What each guard is called and watches. */
export const guardWords: Readonly<Record<GuardKind, GuardWords>> = {
  errors: {
    name: "Errors",
    watches:
      "Are people with the new version more likely to meet an error than people with the old?",
  },
  new_issue: {
    name: "New errors",
    watches: "Does an error that nobody met before this rollout come with the new version?",
  },
  silent_clients: {
    name: "Silent pages",
    watches: "Do pages ask for their flags and then never come up?",
  },
  segments: {
    name: "Errors in one group",
    watches:
      "Do people on one browser, one system or in one tier meet more errors with the new version, even if all together do not?",
  },
  lcp: {
    name: "Painting (LCP)",
    watches:
      "Does the largest part of a page appear late more often than with the old version? First views after a change do not count as harm: caches are cold then.",
  },
  inp: {
    name: "Responding (INP)",
    watches: "Do pages answer to clicks and keys late more often than with the old version?",
  },
  cls: {
    name: "Jumping (CLS)",
    watches: "Does what people look at jump about more often than with the old version?",
  },
  ttfb: {
    name: "Server answers (TTFB)",
    watches: "Does the first byte come late more often than with the old version?",
  },
  page_load: {
    name: "Page loads",
    watches: "Do pages become usable late more often than with the old version?",
  },
  metric: {
    name: "Server metrics",
    watches: "Is what servers report about people with the new version worse than with the old?",
  },
  conversion: {
    name: "Good events",
    watches: "Do fewer people of the new version do what they came for, such as saving or sending?",
  },
  sample_ratio: {
    name: "Split of people",
    watches:
      "Are people split as planned? If not, no other comparison can be trusted to go on, though harm is still judged.",
  },
  ingest: {
    name: "Telemetry",
    watches: "Does the data arrive on which verdicts rest?",
  },
  brake: {
    name: "Emergency brake",
    watches:
      "In the last two minutes, did over 5 % of people meet an error, and twice as many as on the old version?",
  },
}

interface GuardGroup {
  readonly name: string
  readonly kinds: readonly GuardKind[]
}

/** Guards that speak about the same thing stand together. */
export const guardGroups: readonly GuardGroup[] = [
  { name: "Errors", kinds: ["errors", "new_issue", "segments", "brake"] },
  {
    name: "Pages that come up and keep up",
    kinds: ["silent_clients", "page_load", "lcp", "inp", "cls", "ttfb"],
  },
  { name: "What people came for", kinds: ["conversion", "metric"] },
  { name: "Can the data be trusted?", kinds: ["sample_ratio", "ingest"] },
]
