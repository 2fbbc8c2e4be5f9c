import { Button } from "@mantine/core"
import { IconUsers } from "@tabler/icons-react"
import { useQueryClient } from "@tanstack/react-query"
import { type ReactNode, useState } from "react"
import type { Rollout } from "../../lib/api.ts"
import { call } from "../../lib/http.ts"
import { percent } from "../../lib/number.ts"
import { invalidate } from "../../lib/queries.ts"
import { type Ask, ReasonDialog } from "../../ui/reason-dialog.tsx"
import { shareNow } from "./words.ts"

interface ReleaseButtonProps {
  readonly rollout: Rollout
  readonly env: string
  readonly disabled: boolean
}

/** Ends the hold-back of a completed rollout. */
export function ReleaseButton({ rollout, env, disabled }: ReleaseButtonProps): ReactNode {
  const [ask, setAsk] = useState<Ask>()
  const client = useQueryClient()
  const release = async (reason: string): Promise<void> => {
    await call("POST", `/rollouts/${encodeURIComponent(rollout.id)}/release`, { reason })
    await Promise.all([invalidate(client, env, "rollouts"), invalidate(client, env, "flags")])
  }
  return (
    <>
      <Button
        leftSection={<IconUsers size={17} />}
        disabled={disabled}
        onClick={() =>
          setAsk({
            title: "Give everybody the new version?",
            says: `${percent(100 - shareNow(rollout))} of people still have the old version${rollout.plan.hold_back ? ", to compare with" : ""}. After this nobody has it any more.`,
            confirm: "Give it to everybody",
            reasons: ["Compared long enough", "The comparison is done"],
            act: release,
          })
        }
      >
        Give it to everybody
      </Button>
      <ReasonDialog ask={ask} close={() => setAsk(undefined)} />
    </>
  )
}
