import { Button } from "@mantine/core"
import { useQuery, useQueryClient } from "@tanstack/react-query"
import { Link } from "@tanstack/react-router"
import { type ReactNode, useState } from "react"
import type { Line, Report } from "../../lib/api-preflight.ts"
import { call } from "../../lib/http.ts"
import { percent } from "../../lib/number.ts"
import { invalidate } from "../../lib/queries.ts"
import { rolloutChecklist } from "../../lib/queries-preflight.ts"
import { Card } from "../../ui/card.tsx"
import { type Ask, ReasonDialog } from "../../ui/reason-dialog.tsx"
import { Loaded } from "../../ui/states.tsx"
import { LineList } from "./line-list.tsx"

interface ChecklistCardProps {
  readonly env: string
  readonly rollout: string
  /** This person may only look. */
  readonly viewer: boolean
}

/** What has to be so before the next phase, with the items that people tick. */
export function ChecklistCard({ env, rollout, viewer }: ChecklistCardProps): ReactNode {
  const query = useQuery(rolloutChecklist(env, rollout))
  if (query.data && !query.data.enters) return null
  return (
    <Loaded query={query} bones={[220]}>
      {(report) => <Shown env={env} rollout={rollout} viewer={viewer} report={report} />}
    </Loaded>
  )
}

const note = (r: Report): string => {
  if (r.red > 0) return `${r.red} missing: it waits until they are seen to, or overridden`
  return r.lines.some((l) => l.state === "overridden")
    ? "goes on by somebody's word"
    : "nothing that is required is missing"
}

function Shown({
  env,
  rollout,
  viewer,
  report,
}: ChecklistCardProps & { readonly report: Report }): ReactNode {
  const client = useQueryClient()
  const [ask, setAsk] = useState<Ask>()
  const send = async (item: string, ticked: boolean, said: string): Promise<void> => {
    await call("POST", `/rollouts/${encodeURIComponent(rollout)}/checklist/ticks`, {
      item,
      ticked,
      note: said,
    })
    await invalidate(client, env, "rollouts")
  }
  const tick = (line: Line): ReactNode => {
    if (line.kind !== "manual" || viewer) return null
    const ticked = line.at !== undefined
    return (
      <Button
        size="compact-sm"
        variant="default"
        aria-label={`${ticked ? "Untick" : "Tick"}: ${line.title}`}
        onClick={() => setAsk(askFor(line, ticked, send))}
      >
        {ticked ? "Untick" : "Tick"}
      </Button>
    )
  }
  return (
    <>
      <Card
        title={`Checklist before ${percent(report.percent ?? 0)}`}
        note={note(report)}
        side={
          <Link to="/$env/checklist" params={{ env }}>
            What is asked
          </Link>
        }
        flush
        {...(report.red > 0 ? { tone: "harm" as const } : {})}
      >
        <LineList lines={report.lines} act={tick} />
      </Card>
      <ReasonDialog ask={ask} close={() => setAsk(undefined)} />
    </>
  )
}

function askFor(
  line: Line,
  ticked: boolean,
  send: (item: string, ticked: boolean, said: string) => Promise<void>,
): Ask {
  return {
    title: ticked ? "Take the tick back?" : "Is it so?",
    says: ticked
      ? `“${line.title}” was ticked by ${line.by}. Without it the next phase waits.`
      : `You say with your name: “${line.title}”.`,
    confirm: ticked ? "Untick" : "Tick",
    reasons: ticked ? ["No longer so", "Ticked too early"] : ["Seen to it", "Asked, and it is so"],
    act: (reason) => send(line.key, !ticked, reason),
  }
}
