import { Code, CopyButton, UnstyledButton } from "@mantine/core"
import type { ReactNode } from "react"
import type { Traffic } from "../../lib/api.ts"
import { count } from "../../lib/number.ts"
import { Card } from "../../ui/card.tsx"
import { Sparkline } from "../../ui/sparkline.tsx"
import { When } from "../../ui/when.tsx"
import styles from "./overview.module.css"

interface TrafficCardProps {
  readonly traffic: Traffic
  /** What a page needs to report here; shown while none does. */
  readonly clientKey: string
}

/** What arrived in the last half hour. */
export function TrafficCard({ traffic, clientKey }: TrafficCardProps): ReactNode {
  const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0)
  const sessions = traffic.minutes.map((m) => m.sessions)
  const errors = traffic.minutes.map((m) => m.errors)
  if (!traffic.last_at) {
    return (
      <Card title="Traffic">
        <div className={styles.label}>
          Nothing has arrived yet. Pages report here once they start Belay with the client key{" "}
          <CopyButton value={clientKey}>
            {({ copy, copied }) => (
              <UnstyledButton onClick={copy} title="Copy">
                <Code>{copied ? "copied" : clientKey}</Code>
              </UnstyledButton>
            )}
          </CopyButton>
        </div>
      </Card>
    )
  }
  return (
    <Card
      title="Traffic"
      note={
        <>
          last {traffic.minutes.length} minutes, newest event <When at={traffic.last_at} />
        </>
      }
    >
      <div className={styles.pair}>
        <div>
          <div className={styles.label}>Sessions a minute</div>
          <div className={styles.big}>{count(sessions.at(-2) ?? sessions.at(-1) ?? 0)}</div>
          <Sparkline
            values={sessions}
            height={44}
            label={`${count(sum(sessions))} sessions in ${sessions.length} minutes`}
          />
        </div>
        <div>
          <div className={styles.label}>Errors a minute</div>
          <div className={styles.big}>{count(errors.at(-2) ?? errors.at(-1) ?? 0)}</div>
          <Sparkline
            values={errors}
            height={44}
            tone="harm"
            label={`${count(sum(errors))} errors in ${errors.length} minutes`}
          />
        </div>
      </div>
    </Card>
  )
}
