import type { FlagNode } from "../../lib/api.ts"
import { percent } from "../../lib/number.ts"
import type { Tone } from "../../ui/tone.ts"

export interface Why {
  readonly tone: Tone
  readonly text: string
  /** More, where the badge is not the whole story. */
  readonly because?: string
}

/** What people get from a flag and why, its parents considered (the nearest first). */
export function whyOf(flag: FlagNode, parents: readonly FlagNode[]): Why {
  if (flag.lost && !flag.enabled) {
    return {
      tone: "harm",
      text: "Taken back",
      because: "A rollout took it back because it harmed.",
    }
  }
  if (!flag.enabled) return { tone: "idle", text: "Off" }
  const off = parents.find((p) => !p.enabled)
  if (off) {
    return { tone: "idle", text: "Off for everybody", because: `Its parent ${off.key} is off.` }
  }
  const split = [flag, ...parents].find((f) => f.split !== undefined && f.split.percent < 100)
  if (split?.split) {
    const share = percent(split.split.percent)
    const by = split === flag ? "A rollout owns its share." : `It follows ${split.key}.`
    if (split.split.percent <= 0) {
      return { tone: "idle", text: "On for nobody yet", because: by }
    }
    return { tone: "live", text: `On for ${share}`, because: by }
  }
  return { tone: "safe", text: "On for everybody" }
}

/** The flags of a tree whose key, description or tag holds the text, with all that hang below or above them. */
export function matching(tree: readonly FlagNode[], text: string): readonly FlagNode[] {
  const wanted = text.trim().toLowerCase()
  if (!wanted) return tree
  const hit = (f: FlagNode): boolean =>
    [f.key, f.description, ...f.tags].some((t) => t.toLowerCase().includes(wanted))
  const keep = (f: FlagNode): readonly FlagNode[] => {
    if (hit(f)) return [f]
    const children = f.children.flatMap(keep)
    return children.length > 0 ? [{ ...f, children }] : []
  }
  return tree.flatMap(keep)
}
