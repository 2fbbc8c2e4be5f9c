import { useQuery } from "@tanstack/react-query"
import type { ReactNode } from "react"
import { segment } from "../../lib/queries-segments.ts"
import { Loaded } from "../../ui/states.tsx"
import { SegmentEditor } from "./segment-editor.tsx"

/** One segment. Who edits it keeps what was loaded; a change by somebody else is noticed when it is saved. */
export function SegmentPage({
  env,
  segmentKey,
}: {
  readonly env: string
  readonly segmentKey: string
}): ReactNode {
  const query = useQuery(segment(env, segmentKey))
  return (
    <Loaded query={query} bones={[60, 380]}>
      {(found) => <SegmentEditor key={segmentKey} env={env} segment={found} />}
    </Loaded>
  )
}
