import { Button, Stack } from "@mantine/core"
import {
  IconCheck,
  IconPlayerPauseFilled,
  IconPlayerPlayFilled,
  IconPlayerTrackNextFilled,
} from "@tabler/icons-react"
import { useQuery } from "@tanstack/react-query"
import { type ReactNode, useState } from "react"
import type { RolloutPage } from "../../lib/api.ts"
import { rollout, series, session } from "../../lib/queries.ts"
import { forecastOf } from "../../lib/queries-forecast.ts"
import { Page } from "../../ui/page.tsx"
import type { Ask } from "../../ui/reason-dialog.tsx"
import { Loaded } from "../../ui/states.tsx"
import { Status } from "../../ui/status.tsx"
import { When } from "../../ui/when.tsx"
import { ChecklistCard } from "../preflight/checklist-card.tsx"
import { EntryDialog } from "../preflight/entry-dialog.tsx"
import { actsOf, actWords, askFor, type PlainAct, useSend } from "./acts.ts"
import { DecisionsCard } from "./decisions-card.tsx"
import { DiscardButton } from "./discard-button.tsx"
import { ForecastCard } from "./forecast-card.tsx"
import { GuardsCard } from "./guards-card.tsx"
import { Ladder } from "./ladder.tsx"
import { PartsCard } from "./parts-card.tsx"
import { PolicyCard } from "./policy-card.tsx"
import { ReleaseButton } from "./release-button.tsx"
import { RetryButton } from "./retry-button.tsx"
import { RollBackDialog, type Target } from "./roll-back-dialog.tsx"
import styles from "./rollout-page.module.css"
import { StopBar } from "./stop-bar.tsx"
import { WherePanel } from "./where-panel.tsx"
import { ended, holdsBack, stateWords } from "./words.ts"

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
      {(page) => <Shown page={page} env={env} readAt={query.dataUpdatedAt} />}
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

interface ShownProps {
  readonly page: RolloutPage
  readonly env: string
  /** When the page was read, in milliseconds. */
  readonly readAt: number
}

function Shown({ page, env, readAt }: ShownProps): ReactNode {
  const [ask, setAsk] = useState<Ask>()
  const [enters, setEnters] = useState(false)
  const [target, setTarget] = useState<Target>()
  const send = useSend(env, page)
  const viewer = useQuery(session()).data?.role === "viewer"
  const state = stateWords[page.state]
  const canRollBack = page.started_at !== undefined && page.state !== "rolled_back"
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
              , {page.state === "discarded" ? "discarded" : "ended"} <When at={page.ended_at} />
            </>
          )}
          {viewer && ". You may look; acting needs the role operator"}
        </>
      }
      back={{ to: `/${env}/rollouts`, label: "Rollouts" }}
      actions={
        <>
          {actsOf(page).map((act) => (
            <Button
              key={act}
              variant={leading.includes(act) ? "filled" : "default"}
              leftSection={icons[act]}
              disabled={viewer}
              onClick={() => {
                setEnters(act === "start" || act === "advance")
                setAsk(askFor(act, page, send))
              }}
            >
              {actWords[act]}
            </Button>
          ))}
          {page.state === "draft" && <DiscardButton rollout={page} env={env} disabled={viewer} />}
          {page.state === "rolled_back" && (
            <RetryButton rollout={page} env={env} disabled={viewer} />
          )}
          {holdsBack(page) && <ReleaseButton rollout={page} env={env} disabled={viewer} />}
        </>
      }
    >
      {canRollBack && (
        <StopBar page={page} readAt={readAt} disabled={viewer} stop={() => setTarget("all")} />
      )}
      <WherePanel page={page} env={env} />
      <Ladder page={page} />
      {page.state === "draft" && <ForecastCard ask={(harm) => forecastOf(env, page.id, harm)} />}
      <div className={styles.columns}>
        <div className={styles.parts}>
          <PartsCard
            page={page}
            env={env}
            rollBack={viewer || !canRollBack ? undefined : (c) => setTarget([c])}
          />
          {!ended(page) && <ChecklistCard env={env} rollout={page.id} viewer={viewer} />}
        </div>
        <div className={styles.guards}>
          <Evidence page={page} env={env} />
        </div>
        <div className={styles.log}>
          <Stack>
            <DecisionsCard page={page} />
            <PolicyCard page={page} env={env} disabled={viewer} />
          </Stack>
        </div>
      </div>
      <EntryDialog
        env={env}
        rollout={page.id}
        ask={ask}
        enters={enters}
        close={() => setAsk(undefined)}
      />
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
  const query = useQuery({
    ...series(env, page.id, !ended(page)),
    enabled: page.started_at !== undefined,
  })
  if (!page.started_at) return <GuardsCard page={page} lines={[]} />
  return (
    <Loaded query={query} bones={[640]}>
      {(s) => <GuardsCard page={page} lines={s.lines} />}
    </Loaded>
  )
}
