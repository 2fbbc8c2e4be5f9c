import { Button } from "@mantine/core"
import { IconTrash } from "@tabler/icons-react"
import { useQueryClient } from "@tanstack/react-query"
import { type ReactNode, useState } from "react"
import type { Rollout } from "../../lib/api.ts"
import { call } from "../../lib/http.ts"
import { invalidate } from "../../lib/queries.ts"
import { type Ask, ReasonDialog } from "../../ui/reason-dialog.tsx"

interface DiscardButtonProps {
  readonly rollout: Rollout
  readonly env: string
  readonly disabled: boolean
}

/** Gives up a rollout that has not started, so that its flag is free for another one. */
export function DiscardButton({ rollout, env, disabled }: DiscardButtonProps): ReactNode {
  const [ask, setAsk] = useState<Ask>()
  const client = useQueryClient()
  const discard = async (reason: string): Promise<void> => {
    await call("POST", `/rollouts/${encodeURIComponent(rollout.id)}/discard`, { reason })
    await invalidate(client, env, "rollouts")
  }
  return (
    <>
      <Button
        variant="default"
        leftSection={<IconTrash size={17} />}
        disabled={disabled}
        onClick={() =>
          setAsk({
            title: `Discard ${rollout.name}?`,
            says: `It never starts, and another rollout of ${rollout.flag} can be planned. Nobody gets another version. What was planned stays in the journal.`,
            confirm: "Discard it",
            reasons: ["Planned by mistake", "Another plan takes its place", "Not now"],
            act: discard,
          })
        }
      >
        Discard
      </Button>
      <ReasonDialog ask={ask} close={() => setAsk(undefined)} />
    </>
  )
}
