import { Button } from "@mantine/core"
import { notifications } from "@mantine/notifications"
import { useQuery, useQueryClient } from "@tanstack/react-query"
import { type ReactNode, useState } from "react"
import type { IdentityPage, Traits } from "../../lib/api-segments.ts"
import { call } from "../../lib/http.ts"
import { session } from "../../lib/queries.ts"
import { environmentPath } from "../../lib/queries-segments.ts"
import { Card } from "../../ui/card.tsx"
import { type Ask, ReasonDialog } from "../../ui/reason-dialog.tsx"
import styles from "./person.module.css"
import { TraitsEditor } from "./traits-editor.tsx"

interface KeptTraitsProps {
  readonly env: string
  readonly found: IdentityPage
}

/** What is kept of somebody: it can be changed, or all of it forgotten, with a reason. */
export function KeptTraits({ env, found }: KeptTraitsProps): ReactNode {
  const client = useQueryClient()
  const locked = useQuery(session()).data?.role === "viewer"
  const [edited, setEdited] = useState<Traits>()
  const [ask, setAsk] = useState<Ask>()
  const who = found.identifier
  const done = async (message: string): Promise<void> => {
    await client.invalidateQueries({ queryKey: [env] })
    setEdited(undefined)
    notifications.show({ message, color: "safe" })
  }
  const save = (next: Traits): void =>
    setAsk({
      title: "Change what is kept?",
      says: "They may move in or out of segments at their next request. The journal names the traits and not their values.",
      confirm: "Change the traits",
      reasons: ["They asked for it", "It was wrong"],
      act: async (reason) => {
        const gone = Object.keys(found.traits).filter((key) => !(key in next))
        const traits = { ...next, ...Object.fromEntries(gone.map((key) => [key, null])) }
        await call("PATCH", environmentPath(env, "identity"), { identifier: who, traits, reason })
        await done("The traits are changed.")
      },
    })
  const forget = (): void =>
    setAsk({
      title: "Forget all traits?",
      says: "Everything that is kept of them is deleted. What clients send later is kept again.",
      confirm: "Forget them",
      danger: true,
      reasons: ["They asked to be forgotten"],
      act: async (reason) => {
        await call("DELETE", environmentPath(env, "identity"), { identifier: who, reason })
        await done("Nothing is kept of them any more.")
      },
    })
  const small = { size: "compact-xs", variant: "default" } as const
  const buttons = edited ? (
    <>
      <Button size="compact-xs" onClick={() => save(edited)}>
        Save
      </Button>
      <Button {...small} onClick={() => setEdited(undefined)}>
        Leave it
      </Button>
    </>
  ) : (
    found.known && (
      <Button {...small} onClick={forget}>
        Forget
      </Button>
    )
  )
  const recent = Object.keys(found.recent).sort()
  return (
    <Card
      title="Traits"
      note={edited ? "not saved yet" : "as they are kept"}
      side={!locked && buttons}
    >
      <TraitsEditor traits={edited ?? found.traits} locked={locked} set={setEdited} />
      {recent.length > 0 && (
        <p className={styles.quiet}>
          Their last request brought {recent.join(", ")}, which may not be kept.
        </p>
      )}
      <ReasonDialog ask={ask} close={() => setAsk(undefined)} />
    </Card>
  )
}
