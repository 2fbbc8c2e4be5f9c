import { Button, Drawer, Stack, Text, Textarea, VisuallyHidden } from "@mantine/core"
import { notifications } from "@mantine/notifications"
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query"
import { Link } from "@tanstack/react-router"
import { type FormEvent, type ReactNode, useState } from "react"
import type { Phase, RolloutPage } from "../../lib/api.ts"
import { asProblem, call } from "../../lib/http.ts"
import { percent } from "../../lib/number.ts"
import { invalidate, policy } from "../../lib/queries.ts"
import { Card } from "../../ui/card.tsx"
import { ReasonField } from "../../ui/reason-field.tsx"
import { Loaded } from "../../ui/states.tsx"
import { Trouble } from "../../ui/trouble.tsx"
import { diffLines } from "./line-diff.ts"
import styles from "./policy-card.module.css"
import { sayBudget, sayWindow } from "./policy-words.ts"
import { ended, sayList } from "./words.ts"

interface PolicyCardProps {
  readonly page: RolloutPage
  readonly env: string
  readonly disabled: boolean
}

/** What the rollout goes by, beyond its phases: how sure, at which hours, who is told; and the way to change it. */
export function PolicyCard({ page, env, disabled }: PolicyCardProps): ReactNode {
  const [opened, setOpened] = useState(false)
  return (
    <Card
      title="Policy"
      side={
        <Button variant="default" size="compact-sm" onClick={() => setOpened(true)}>
          {ended(page) || disabled ? "Show" : "Show or change"}
        </Button>
      }
    >
      <Facts page={page} env={env} />
      <Drawer
        opened={opened}
        onClose={() => setOpened(false)}
        size="lg"
        title={<strong>Policy as a file</strong>}
      >
        {opened && (
          <PolicyFile
            page={page}
            env={env}
            fixed={disabled || ended(page)}
            close={() => setOpened(false)}
          />
        )}
      </Drawer>
    </Card>
  )
}

/** What of the policy bears on now. */
function Facts({ page, env }: { readonly page: RolloutPage; readonly env: string }): ReactNode {
  const tests = page.tests?.length ?? 1
  const { windows, checks } = asked(page)
  return (
    <dl className={styles.facts}>
      <dt>Chance to go back though harmless</dt>
      <dd>
        at most {sayBudget(page)}
        {tests > 1 && `: ${tests} tests, because the policy came to judge otherwise`}
      </dd>
      {windows.length > 0 && (
        <>
          <dt>Goes on only</dt>
          {windows.map((w) => (
            <dd key={sayWindow(w)}>{sayWindow(w)}</dd>
          ))}
        </>
      )}
      {checks.length > 0 && (
        <>
          <dt>Needs green before the next phase</dt>
          <dd>{sayList(checks)}</dd>
        </>
      )}
      {page.plan.hold_back ? (
        <>
          <dt>Stay on the old version</dt>
          <dd>{percent(page.plan.hold_back)} of people, until it is given to everybody</dd>
        </>
      ) : null}
      {page.plan.tell?.length ? (
        <>
          <dt>To be told of harm</dt>
          <dd>{sayList(page.plan.tell)}</dd>
        </>
      ) : null}
      {page.retry_of && (
        <>
          <dt>Attempt {page.attempt}</dt>
          <dd>
            <Link to="/$env/rollouts/$id" params={{ env, id: page.retry_of }}>
              See the one before
            </Link>
          </dd>
        </>
      )}
    </dl>
  )
}

/** The hours of the present phase and the checks before the next one; none once it has ended. */
function asked(page: RolloutPage): Required<Pick<Phase, "windows" | "checks">> {
  if (ended(page)) return { windows: [], checks: [] }
  const next = page.plan.phases[page.state === "draft" ? 0 : page.phase + 1]
  return { windows: page.plan.phases[page.phase]?.windows ?? [], checks: next?.checks ?? [] }
}

interface PolicyFileProps {
  readonly page: RolloutPage
  readonly env: string
  readonly fixed: boolean
  readonly close: () => void
}

function PolicyFile({ page, env, fixed, close }: PolicyFileProps): ReactNode {
  const query = useQuery(policy(env, page.id))
  return (
    <Loaded query={query} bones={[420]}>
      {(file) =>
        fixed ? (
          <pre className={styles.file}>{file.text}</pre>
        ) : (
          <PolicyForm page={page} env={env} text={file.text} close={close} />
        )
      }
    </Loaded>
  )
}

const signs = { same: " ", out: "−", in: "+" } as const

/** What is about to change, line by line. */
function Changes({
  before,
  after,
}: {
  readonly before: string
  readonly after: string
}): ReactNode {
  const lines = diffLines(before, after)
  if (lines.length === 0) return null
  return (
    <section aria-label="What changes">
      <Text size="sm" fw={600} mb={4}>
        What changes
      </Text>
      <ul className={styles.changes}>
        {lines.map((line, i) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: the same line may stand there twice
          <li key={i} data-what={line.what}>
            <span aria-hidden="true">{signs[line.what]}</span>
            {line.what !== "same" && (
              <VisuallyHidden>{line.what === "in" ? "New: " : "Gone: "}</VisuallyHidden>
            )}
            {line.text}
          </li>
        ))}
      </ul>
    </section>
  )
}

interface PolicyFormProps {
  readonly page: RolloutPage
  readonly env: string
  readonly text: string
  readonly close: () => void
}

function PolicyForm({ page, env, text, close }: PolicyFormProps): ReactNode {
  const client = useQueryClient()
  const [written, setWritten] = useState(text)
  const [reason, setReason] = useState("")
  const change = useMutation({
    mutationFn: () =>
      call("PUT", `/rollouts/${encodeURIComponent(page.id)}/plan`, {
        text: written,
        name: "policy.yaml",
        reason: reason.trim(),
      }),
    onSuccess: async () => {
      notifications.show({ message: "It goes by this policy now.", color: "safe" })
      await invalidate(client, env, "rollouts")
      close()
    },
  })
  const ready = written !== text && reason.trim().length > 2
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    if (ready && !change.isPending) change.mutate()
  }
  return (
    <form onSubmit={submit}>
      <Stack>
        {page.state !== "draft" && (
          <Text size="sm" c="dimmed">
            A change of guards, margins or budgets begins a new test: evidence is counted anew, and
            another budget may be spent. A change of times, hours and approvals keeps the evidence.
            The share in force has to stay.
          </Text>
        )}
        <Textarea
          label="Policy"
          value={written}
          onChange={(e) => setWritten(e.currentTarget.value)}
          autosize
          minRows={12}
          maxRows={26}
          spellCheck={false}
          classNames={{ input: styles.code ?? "" }}
        />
        <Changes before={text} after={written} />
        <ReasonField
          description="Kept in the journal, and shown to everyone who looks later."
          value={reason}
          change={setReason}
          autoComplete="off"
        />
        {change.isError && <Trouble problem={asProblem(change.error)} />}
        <Button type="submit" disabled={!ready} loading={change.isPending}>
          Change the policy
        </Button>
      </Stack>
    </form>
  )
}
