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

/** Whether the new version is among those that met it. */
export const meetsNew = (byVariant: Readonly<Record<string, number>>): boolean =>
  Object.entries(byVariant).some(([key, users]) => users > 0 && variantName(key) === "new version")

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
