/** What the variants of a boolean flag are called among people. */
const variantNames: Readonly<Record<string, string>> = {
  new: "new version",
  old: "old version",
  on: "new version",
  off: "old version",
  true: "new version",
  false: "old version",
  treatment: "new version",
  control: "old version",
  "": "version unknown",
}

/** "true" → "new version"; names that people gave stay. */
export const variantName = (key: string): string => variantNames[key] ?? key

/** Which version an error belongs to, as far as the people tell who met it. */
export type Origin = "new" | "both" | "elsewhere"

/** "new" while most of the people who met it have the new version, "both" where as many have the old one. */
export function originOf(byVariant: Readonly<Record<string, number>>): Origin {
  const people = (version: string): number =>
    Object.entries(byVariant).reduce(
      (n, [key, users]) => n + (variantName(key) === version ? users : 0),
      0,
    )
  const fresh = people("new version")
  if (fresh === 0) return "elsewhere"
  return fresh > people("old version") ? "new" : "both"
}

/** "only new version", or "new version 41, old version 2". */
export function sayVariants(byVariant: Readonly<Record<string, number>>): string {
  const seen = Object.entries(byVariant)
    .filter(([, users]) => users > 0)
    .sort(([, a], [, b]) => b - a)
  const [only] = seen
  if (!only) return ""
  if (seen.length === 1) return only[0] === "" ? variantName("") : `only ${variantName(only[0])}`
  return seen.map(([key, users]) => `${variantName(key)} ${users}`).join(", ")
}
