import { Button } from "@mantine/core"
import { IconArrowBackUp, IconCloudOff } from "@tabler/icons-react"
import type { ReactNode } from "react"
import type { RolloutPage } from "../../lib/api.ts"
import { percent } from "../../lib/number.ts"
import { fullClock } from "../../lib/time.ts"
import { Status } from "../../ui/status.tsx"
import { useNow } from "../../ui/when.tsx"
import styles from "./stop-bar.module.css"
import { shareNow, stateWords } from "./words.ts"

/** A page asks every two seconds; when the last answer is this old, in ms, nobody should take it for the present. */
const oldAfter = 10_000

interface StopBarProps {
  readonly page: RolloutPage
  /** When the page was last read, in milliseconds. */
  readonly readAt: number
  readonly disabled: boolean
  readonly stop: () => void
}

/** Stays in sight however far one scrolls: how many have the new version, and the way to bring them back. */
export function StopBar({ page, readAt, disabled, stop }: StopBarProps): ReactNode {
  const state = stateWords[page.state]
  const old = useNow() - readAt > oldAfter
  return (
    <section className={styles.bar} aria-label="Stop">
      {old ? (
        <span className={styles.old} role="status">
          <IconCloudOff size={16} aria-hidden="true" />
          <span>
            As of <strong>{fullClock(new Date(readAt))}</strong>: this page does not reach Belay.
          </span>
        </span>
      ) : (
        <span className={styles.now}>
          <Status tone={state.tone}>{state.text}</Status>
          <span>
            <strong>{percent(shareNow(page))}</strong> have the new version
          </span>
        </span>
      )}
      <Button
        color="harm"
        size="md"
        leftSection={<IconArrowBackUp size={20} />}
        disabled={disabled}
        onClick={stop}
      >
        Bring everyone back
      </Button>
    </section>
  )
}
