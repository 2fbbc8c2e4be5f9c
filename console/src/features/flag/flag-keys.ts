import { useQuery } from "@tanstack/react-query"
import { useParams } from "@tanstack/react-router"
import type { FlagNode } from "../../lib/api.ts"
import type { WholeFlag } from "../../lib/api-flags.ts"
import { flags } from "../../lib/queries.ts"

/** The flags that can be the parent of one: boolean ones that do not hang below it. */
export function useFlagKeys(flag: WholeFlag): readonly string[] {
  const { env = "" } = useParams({ strict: false })
  const tree = useQuery(flags(env)).data ?? []
  const walk = (nodes: readonly FlagNode[]): readonly string[] =>
    nodes
      .filter((n) => n.key !== flag.key)
      .flatMap((n) => [...(n.type === "boolean" ? [n.key] : []), ...walk(n.children)])
  const keys = walk(tree)
  return flag.parent && !keys.includes(flag.parent) ? [...keys, flag.parent] : keys
}
