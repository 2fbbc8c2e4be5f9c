import { Button, NumberInput, Text, TextInput } from "@mantine/core"
import { useQueryClient } from "@tanstack/react-query"
import { type ReactNode, useState } from "react"
import type { OnCall } from "../../lib/api-preflight.ts"
import { call } from "../../lib/http.ts"
import { invalidate } from "../../lib/queries.ts"
import { Card } from "../../ui/card.tsx"
import { type Ask, ReasonDialog } from "../../ui/reason-dialog.tsx"
import { Status } from "../../ui/status.tsx"
import { useNow, When } from "../../ui/when.tsx"
import styles from "./preflight.module.css"

interface OnCallCardProps {
  readonly env: string
  readonly onCall: OnCall
  readonly viewer: boolean
}

const hour = 3_600_000

/** Who is called when something goes wrong, until when. */
export function OnCallCard({ env, onCall, viewer }: OnCallCardProps): ReactNode {
  const client = useQueryClient()
  const [ask, setAsk] = useState<Ask>()
  const [who, setWho] = useState(onCall.who)
  const [contact, setContact] = useState(onCall.contact ?? "")
  const [hours, setHours] = useState<string | number>(8)
  const now = useNow()
  const there = onCall.who !== "" && new Date(onCall.until).getTime() > now
  const put: Ask = {
    title: "Who is on call?",
    says: "The checklist names them while a rollout grows.",
    confirm: "Put on call",
    reasons: ["The rota says so", "Took over"],
    ready: who.trim() !== "" && Number(hours) > 0,
    act: async (reason) => {
      const until = new Date(Date.now() + Number(hours) * hour).toISOString()
      const body = { who, until, reason, ...(contact.trim() && { contact }) }
      await call("PUT", `/environments/${encodeURIComponent(env)}/on-call`, body)
      await invalidate(client, env, "rollouts")
    },
  }
  return (
    <Card
      title="On call"
      side={
        !viewer && (
          <Button size="compact-sm" variant="default" onClick={() => setAsk(put)}>
            Change
          </Button>
        )
      }
    >
      {onCall.who === "" ? (
        <Text size="sm">Nobody is named.</Text>
      ) : (
        <Text size="sm" component="div">
          <Status tone={there ? "safe" : "warn"}>{there ? "Now" : "Was"}</Status>{" "}
          <strong>{onCall.who}</strong> {onCall.contact}, until <When at={onCall.until} />
        </Text>
      )}
      <ReasonDialog ask={ask && put} close={() => setAsk(undefined)}>
        <div className={styles.fields}>
          <TextInput
            label="Name"
            value={who}
            onChange={(e) => setWho(e.currentTarget.value)}
            maxLength={100}
            required
          />
          <TextInput
            label="Where to reach them"
            value={contact}
            onChange={(e) => setContact(e.currentTarget.value)}
            maxLength={100}
          />
          <NumberInput
            label="For how many hours"
            value={hours}
            onChange={setHours}
            min={1}
            max={720}
          />
        </div>
      </ReasonDialog>
    </Card>
  )
}
