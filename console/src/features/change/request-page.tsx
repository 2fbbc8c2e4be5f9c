import { Alert, Button, Stack, Textarea } from "@mantine/core"
import { IconAlertTriangle } from "@tabler/icons-react"
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query"
import { type ReactNode, useState } from "react"
import type { Batch, ChangeAct, ChangeRequest } from "../../lib/api-changes.ts"
import { asProblem, call } from "../../lib/http.ts"
import { invalidate, session } from "../../lib/queries.ts"
import { changeRequest } from "../../lib/queries-changes.ts"
import { fullTime } from "../../lib/time.ts"
import { Card } from "../../ui/card.tsx"
import { Page } from "../../ui/page.tsx"
import { type Ask, ReasonDialog } from "../../ui/reason-dialog.tsx"
import { Loaded } from "../../ui/states.tsx"
import { Status } from "../../ui/status.tsx"
import { Trouble } from "../../ui/trouble.tsx"
import { When } from "../../ui/when.tsx"
import styles from "./change.module.css"
import { Diff } from "./commit-row.tsx"
import { isOpen, sayConflict, sayMoment, sayWho, states, upper } from "./request-words.ts"

interface RequestProps {
  readonly env: string
  readonly id: string
}

/** One change request: what it would do, who agrees, and what can be done with it. */
export function RequestPage({ env, id }: RequestProps): ReactNode {
  const query = useQuery(changeRequest(env, id))
  return (
    <Loaded query={query} bones={[80, 200, 200]}>
      {(request) => <Request env={env} request={request} />}
    </Loaded>
  )
}

function Request({
  env,
  request: r,
}: {
  readonly env: string
  readonly request: ChangeRequest
}): ReactNode {
  const client = useQueryClient()
  const who = useQuery(session()).data
  const [ask, setAsk] = useState<Ask>()
  const act = (verb: ChangeAct) => async (reason: string) => {
    await call<ChangeRequest>("POST", `/changes/${r.id}/${verb}`, { reason })
    await invalidate(client, env, "changes")
    await invalidate(client, env, "flags")
  }
  const mine = who?.id === r.by.id
  const agreed = r.approvals.some((a) => a.by.id === who?.id)
  const may = who !== undefined && who.role !== "viewer"
  const { tone, text } = states[r.state]
  return (
    <Page
      title={upper(r.title)}
      mark={<Status tone={tone}>{text}</Status>}
      lead={
        <>
          {r.by.name}, <When at={r.created_at} />: {r.reason}
        </>
      }
      back={{ to: `/${env}/changes`, label: "Changes" }}
      actions={
        may &&
        isOpen(r) && (
          <Acts
            request={r}
            mine={mine}
            agreed={agreed}
            ask={(a) => setAsk({ ...a, act: act(a.verb) })}
          />
        )
      }
      narrow
    >
      {r.why && (
        <Alert
          color={tone === "idle" ? "gray" : "harm"}
          icon={<IconAlertTriangle size={18} />}
          title={upper(r.why)}
        >
          {r.conflicts?.map((c) => (
            <div key={`${c.kind}${c.subject}${c.field}`}>{sayConflict(c)}</div>
          ))}
        </Alert>
      )}
      {r.state === "waiting" && mine && (
        <Alert color="warn" title="A colleague has to approve this">
          Nobody approves their own change. Send them the address of this page.
        </Alert>
      )}
      {may && r.obstacle && (
        <Alert id="obstacle" color="warn" title="Your approval does not count here yet">
          {r.obstacle.why} It counts from {fullTime(r.obstacle.until)} on. Until then somebody else
          has to approve this.
        </Alert>
      )}
      {r.state === "waiting" && r.extra && (
        <Alert color="warn" title="One person more has to approve this">
          {r.extra}
        </Alert>
      )}
      {r.steps.map((step, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a request's steps never move
        <Step key={i} step={step} number={r.steps.length > 1 ? i + 1 : undefined} />
      ))}
      <Approvals request={r} />
      <Comments env={env} request={r} may={may} />
      <ReasonDialog ask={ask} close={() => setAsk(undefined)} />
    </Page>
  )
}

type Wish = Omit<Ask, "act"> & { readonly verb: ChangeAct }

interface ActsProps {
  readonly request: ChangeRequest
  readonly mine: boolean
  readonly agreed: boolean
  readonly ask: (wish: Wish) => void
}

function Acts({ request: r, mine, agreed, ask }: ActsProps): ReactNode {
  const left = r.needed - r.approvals.length
  return (
    <>
      {r.state === "waiting" && !mine && !agreed && (
        <Button
          disabled={r.obstacle !== undefined}
          aria-describedby={r.obstacle && "obstacle"}
          onClick={() =>
            ask({
              verb: "approve",
              title: "Approve this change?",
              says:
                left > 1
                  ? `It needs ${left - 1} more after yours.`
                  : r.steps[0]?.at
                    ? "Yours is the last approval it needs; it is made at its time."
                    : "Yours is the last approval it needs; it is made at once.",
              confirm: "Approve",
              reasons: ["Looks right", "We talked about it"],
            })
          }
        >
          Approve
        </Button>
      )}
      {r.state === "stale" && (
        <Button
          onClick={() =>
            ask({
              verb: "refresh",
              title: "Compute it anew?",
              says: "Its differences are computed against what is there now. Approvals are needed anew.",
              confirm: "Compute anew",
            })
          }
        >
          Compute anew
        </Button>
      )}
      {r.state === "late" && (
        <Button
          onClick={() =>
            ask({
              verb: "run",
              title: "Make it now?",
              says: "Its time has passed. Say that it still holds.",
              confirm: "Make it now",
            })
          }
        >
          Make it now
        </Button>
      )}
      {!mine && r.state === "waiting" && (
        <Button
          variant="default"
          onClick={() =>
            ask({
              verb: "reject",
              title: "Reject this change?",
              says: "It is closed, and nothing changes.",
              confirm: "Reject",
              danger: true,
            })
          }
        >
          Reject
        </Button>
      )}
      {(mine || r.state !== "waiting") && (
        <Button
          variant="default"
          onClick={() =>
            ask({
              verb: "withdraw",
              title: r.state === "scheduled" ? "Cancel this change?" : "Withdraw this change?",
              says: "It is closed. Steps that are made already stay.",
              confirm: r.state === "scheduled" ? "Cancel the change" : "Withdraw",
              danger: true,
            })
          }
        >
          {r.state === "scheduled" ? "Cancel" : "Withdraw"}
        </Button>
      )}
    </>
  )
}

function Step({
  step,
  number,
}: {
  readonly step: Batch
  readonly number: number | undefined
}): ReactNode {
  const when = step.at ? sayMoment(step.at, step.zone) : "as soon as it may be made"
  return (
    <Card
      title={number ? `Step ${number}` : "What it changes"}
      note={
        step.applied_at ? (
          <>
            made <When at={step.applied_at} /> in revision {step.revision}
            {step.note && `, ${step.note}`}
          </>
        ) : (
          when
        )
      }
    >
      {step.changes.map((change) =>
        change.needs ? (
          <Adoption key={change.needs.secret} environment={change.subject} {...change.needs} />
        ) : (
          <Diff key={change.kind + change.subject} change={change} />
        ),
      )}
    </Card>
  )
}

interface AdoptionProps {
  readonly environment: string
  readonly secret: string
  readonly spread: boolean
}

function Adoption({ environment, secret, spread }: AdoptionProps): ReactNode {
  return (
    <p className={styles.adoption}>
      Apps with the client key <code>{secret}</code> get the flags of {environment}
      {spread && ", and its people are spread over variants by that key"}.
    </p>
  )
}

function Approvals({ request: r }: { readonly request: ChangeRequest }): ReactNode {
  if (r.needed === 0) return null
  const may = r.approvers?.filter((a) => !a.obstacle).map((a) => a.name)
  return (
    <Card title="Approvals" note={`${r.approvals.length} of ${r.needed}`}>
      {r.approvals.length === 0 && (
        <span className={styles.reason}>Nobody has approved it yet.</span>
      )}
      {r.approvals.map((a) => (
        <div key={a.by.id}>
          <strong>{a.by.name}</strong>, <When at={a.at} />: {a.reason}
        </div>
      ))}
      {may && <div className={styles.reason}>{sayWho(may, r.needed - r.approvals.length)}</div>}
      {r.approvers?.map(
        (a) =>
          a.obstacle && (
            <div key={a.id} className={styles.reason}>
              {a.name} counts from {fullTime(a.obstacle.until)} on: {a.obstacle.why}
            </div>
          ),
      )}
    </Card>
  )
}

interface CommentsProps {
  readonly env: string
  readonly request: ChangeRequest
  readonly may: boolean
}

function Comments({ env, request: r, may }: CommentsProps): ReactNode {
  const client = useQueryClient()
  const [text, setText] = useState("")
  const say = useMutation({
    mutationFn: () => call<ChangeRequest>("POST", `/changes/${r.id}/comments`, { text }),
    onSuccess: async () => {
      setText("")
      await invalidate(client, env, "changes")
    },
  })
  return (
    <Card title="Comments">
      <Stack gap="sm">
        {r.comments.map((c) => (
          <div key={c.at}>
            <strong>{c.by.name}</strong>, <When at={c.at} />
            <div className={styles.comment}>{c.text}</div>
          </div>
        ))}
        {r.comments.length === 0 && <span className={styles.reason}>No comments yet.</span>}
        {may && (
          <>
            <Textarea
              label="Add a comment"
              value={text}
              maxLength={2000}
              autosize
              onChange={(e) => setText(e.currentTarget.value)}
            />
            {say.isError && <Trouble problem={asProblem(say.error)} />}
            <Button
              variant="default"
              disabled={!text.trim()}
              loading={say.isPending}
              onClick={() => say.mutate()}
              style={{ alignSelf: "flex-end" }}
            >
              Comment
            </Button>
          </>
        )}
      </Stack>
    </Card>
  )
}
