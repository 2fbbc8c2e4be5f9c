import { Alert } from "@mantine/core"
import { useQuery, useQueryClient } from "@tanstack/react-query"
import type { ReactNode } from "react"
import type { Commit } from "../../lib/api.ts"
import { asProblem, call } from "../../lib/http.ts"
import { invalidate } from "../../lib/queries.ts"
import { undo } from "../../lib/queries-changes.ts"
import { ReasonDialog } from "../../ui/reason-dialog.tsx"
import { Bones } from "../../ui/states.tsx"
import { Trouble } from "../../ui/trouble.tsx"
import { Diff } from "./commit-row.tsx"
import { sayConflict, upper } from "./request-words.ts"

interface UndoDialogProps {
  readonly env: string
  /** The commit to undo; nothing is shown while undefined. */
  readonly revision: number | undefined
  readonly close: () => void
}

/** Shows what undoing a commit would do now, and does it. */
export function UndoDialog({ env, revision, close }: UndoDialogProps): ReactNode {
  const client = useQueryClient()
  const query = useQuery({
    ...undo(env, revision ?? 0),
    enabled: revision !== undefined,
    gcTime: 0,
  })
  const u = query.data
  const possible =
    u !== undefined && u.changes.length > 0 && u.conflicts.length === 0 && !u.obstacle
  const act = async (reason: string): Promise<void> => {
    await call<Commit>("POST", `/commits/${revision}/undo`, { reason })
    await invalidate(client, env, "commits")
    await invalidate(client, env, "flags")
  }
  return (
    <ReasonDialog
      ask={
        revision === undefined
          ? undefined
          : {
              title: `Undo revision ${revision}?`,
              says: "What it changed is put back; what others changed since stays. Undoing is a change of its own and can be undone.",
              confirm: "Undo it",
              ready: possible,
              act,
            }
      }
      close={close}
    >
      {query.isPending && <Bones heights={[90]} />}
      {query.isError && <Trouble problem={asProblem(query.error)} />}
      {u?.changes.map((change) => (
        <Diff key={change.kind + change.subject} change={change} />
      ))}
      {u && u.conflicts.length > 0 && (
        <Alert color="harm" title="Later changes are in the way">
          {u.conflicts.map((c) => (
            <div key={`${c.kind}${c.subject}${c.field}`}>{upper(sayConflict(c))}</div>
          ))}
          Undo those first, or change the field by hand.
        </Alert>
      )}
      {u?.obstacle && <Alert color="harm" title={upper(u.obstacle)} />}
      {u && u.changes.length === 0 && u.conflicts.length === 0 && !u.obstacle && (
        <Alert color="gray" title="Everything is as it was before it already" />
      )}
    </ReasonDialog>
  )
}
