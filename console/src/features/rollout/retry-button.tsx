import { Button } from "@mantine/core"
import { IconRotateClockwise } from "@tabler/icons-react"
import { useQueryClient } from "@tanstack/react-query"
import { useNavigate } from "@tanstack/react-router"
import { type ReactNode, useState } from "react"
import type { Rollout } from "../../lib/api.ts"
import { call } from "../../lib/http.ts"
import { invalidate } from "../../lib/queries.ts"
import { type Ask, ReasonDialog } from "../../ui/reason-dialog.tsx"

interface RetryButtonProps {
  readonly rollout: Rollout
  readonly env: string
  readonly disabled: boolean
}

/** Plans a rollout that went back once more, and goes to its page. */
export function RetryButton({ rollout, env, disabled }: RetryButtonProps): ReactNode {
  const [ask, setAsk] = useState<Ask>()
  const client = useQueryClient()
  const go = useNavigate()
  const retry = async (reason: string): Promise<void> => {
    const path = `/rollouts/${encodeURIComponent(rollout.id)}/retry`
    const made = await call<Rollout>("POST", path, { reason })
    await invalidate(client, env, "rollouts")
    await go({ to: "/$env/rollouts/$id", params: { env, id: made.id } })
  }
  return (
    <>
      <Button
        leftSection={<IconRotateClockwise size={17} />}
        disabled={disabled}
        onClick={() =>
          setAsk({
            title: `Try ${rollout.name} again?`,
            says: "A new rollout is planned: other people go first, and nothing that was counted before counts again. Errors that this attempt brought are new to it too. Nothing is turned on until you start it.",
            confirm: "Plan it",
            reasons: ["The cause is repaired", "It was not the new version's fault"],
            act: retry,
          })
        }
      >
        Try again
      </Button>
      <ReasonDialog ask={ask} close={() => setAsk(undefined)} />
    </>
  )
}
