import { Button } from "@mantine/core"
import {
  IconArrowBackUp,
  IconCheck,
  IconPlayerPauseFilled,
  IconPlayerPlayFilled,
  IconPlayerTrackNextFilled,
} from "@tabler/icons-react"
import { useQuery } from "@tanstack/react-query"
import { type ReactNode, useState } from "react"
import type { GuardKind, RolloutPage } from "../../lib/api.ts"
import { rollout, series, session } from "../../lib/queries.ts"
import { Page } from "../../ui/page.tsx"
import { type Ask, ReasonDialog } from "../../ui/reason-dialog.tsx"
import { Loaded } from "../../ui/states.tsx"
import { Status } from "../../ui/status.tsx"
import { When } from "../../ui/when.tsx"
import { actsOf, actWords, askFor, type PlainAct, useSend } from "./acts.ts"
import { DecisionsCard } from "./decisions-card.tsx"
import { GuardCard } from "./guard-card.tsx"
import { HeadlinePanel } from "./headline-panel.tsx"
import { Ladder } from "./ladder.tsx"
import { PartsCard } from "./parts-card.tsx"
import { RollBackDialog, type Target } from "./roll-back-dialog.tsx"
import styles from "./rollout-page.module.css"
import { ended, stateWords } from "./words.ts"

interface RolloutViewProps {
  readonly env: string
  readonly id: string
}

/** One rollout: where it stands, what comes next, why, and the way to stop it. */
export function RolloutView({ env, id }: RolloutViewProps): ReactNode {
  const query = useQuery(rollout(env, id))
  if (!query.data) {
    return (
      <Page title="Rollout" back={{ to: `/${env}/rollouts`, label: "Rollouts" }}>
        <Loaded query={query} bones={[130, 170, 320, 320]}>
          {() => null}
        </Loaded>
      </Page>
    )
  }
  return (
    <Loaded query={query} bones={[]}>
      {(page) => <Shown page={page} env={env} />}
    </Loaded>
  )
}

const icons: Readonly<Record<PlainAct, ReactNode>> = {
  start: <IconPlayerPlayFilled size={15} />,
  advance: <IconPlayerTrackNextFilled size={15} />,
  hold: <IconPlayerPauseFilled size={15} />,
  resume: <IconPlayerPlayFilled size={15} />,
  approve: <IconCheck size={17} />,
}

const leading: readonly PlainAct[] = ["start", "approve", "resume"]

function Shown({ page, env }: { readonly page: RolloutPage; readonly env: string }): ReactNode {
  const [ask, setAsk] = useState<Ask>()
  const [target, setTarget] = useState<Target>()
  const send = useSend(env, page)
  const viewer = useQuery(session()).data?.role === "viewer"
  const state = stateWords[page.state]
  const canRollBack = !ended(page) && page.state !== "draft"
  return (
    <Page
      title={page.name}
      mark={<Status tone={state.tone}>{state.text}</Status>}
      lead={
        <>
          Flag <code>{page.flag}</code>
          {page.started_at && (
            <>
              , started <When at={page.started_at} />
            </>
          )}
          {page.ended_at && (
            <>
              , ended <When at={page.ended_at} />
            </>
          )}
          {viewer && ". You may look; acting needs the role operator"}
        </>
      }
      back={{ to: `/${env}/rollouts`, label: "Rollouts" }}
      actions={
        !ended(page) && (
          <>
            {actsOf(page).map((act) => (
              <Button
                key={act}
                variant={leading.includes(act) ? "filled" : "default"}
                leftSection={icons[act]}
                disabled={viewer}
                onClick={() => setAsk(askFor(act, page, send))}
              >
                {actWords[act]}
              </Button>
            ))}
            {canRollBack && (
              <Button
                color="harm"
                leftSection={<IconArrowBackUp size={18} />}
                disabled={viewer}
                onClick={() => setTarget("all")}
              >
                Roll back
              </Button>
            )}
          </>
        )
      }
    >
      <HeadlinePanel page={page} env={env} />
      <Ladder page={page} />
      <div className={styles.columns}>
        <Evidence page={page} env={env} />
        <div className={styles.side}>
          <PartsCard
            page={page}
            env={env}
            rollBack={viewer || !canRollBack ? undefined : (c) => setTarget([c])}
          />
          <DecisionsCard page={page} />
        </div>
      </div>
      <ReasonDialog ask={ask} close={() => setAsk(undefined)} />
      <RollBackDialog
        rollout={page}
        target={target}
        close={() => setTarget(undefined)}
        send={send}
      />
    </Page>
  )
}

function Evidence({ page, env }: { readonly page: RolloutPage; readonly env: string }): ReactNode {
  const query = useQuery({ ...series(env, page.id, !ended(page)), enabled: page.state !== "draft" })
  if (page.state === "draft") return <Guards page={page} lines={[]} />
  return (
    <Loaded query={query} bones={[340, 340]}>
      {(s) => <Guards page={page} lines={s.lines} />}
    </Loaded>
  )
}

function Guards({
  page,
  lines,
}: {
  readonly page: RolloutPage
  readonly lines: Parameters<typeof GuardCard>[0]["lines"]
}): ReactNode {
  const kinds: readonly GuardKind[] = [...new Set(page.plan.guards.map((g) => g.kind))]
  return (
    <div className={styles.guards}>
      {kinds.map((kind) => (
        <GuardCard key={kind} kind={kind} page={page} lines={lines} />
      ))}
    </div>
  )
}
