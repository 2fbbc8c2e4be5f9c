/** One place where two values differ. */
export interface Difference {
  /** "plan.phases[1].percent"; empty for the value itself. */
  readonly path: string
  /** As JSON; absent where there was nothing. */
  readonly before?: string
  readonly after?: string
}

/** No more lines than a person reads; the count of the rest is the caller's to show. */
export const mostDifferences = 40

/** Fields that change with every write and say nothing. */
const noise: ReadonlySet<string> = new Set(["version", "updated_at", "steady_at"])

type Tree = Readonly<Record<string, unknown>>

const isTree = (v: unknown): v is Tree => typeof v === "object" && v !== null

/** What changed between two JSON values, field by field. */
export function differences(before: unknown, after: unknown): readonly Difference[] {
  const found: Difference[] = []
  walk("", before, after, found)
  return found
}

function walk(path: string, before: unknown, after: unknown, found: Difference[]): void {
  if (isTree(before) && isTree(after) && Array.isArray(before) === Array.isArray(after)) {
    for (const key of keysOf(before, after)) {
      walk(below(path, key, Array.isArray(before)), before[key], after[key], found)
    }
    return
  }
  const was = write(before)
  const is = write(after)
  if (was === is) return
  found.push({
    path,
    ...(was === undefined ? {} : { before: was }),
    ...(is === undefined ? {} : { after: is }),
  })
}

function keysOf(before: Tree, after: Tree): readonly string[] {
  const keys = new Set([...Object.keys(before), ...Object.keys(after)])
  return [...keys].filter((key) => !noise.has(key))
}

function below(path: string, key: string, inList: boolean): string {
  if (inList) return `${path}[${key}]`
  return path ? `${path}.${key}` : key
}

const write = (v: unknown): string | undefined =>
  v === undefined || v === null ? undefined : JSON.stringify(v)
