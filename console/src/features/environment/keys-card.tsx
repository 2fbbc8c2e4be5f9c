import { Badge, Button, CopyButton, Stack, Text } from "@mantine/core"
import { notifications } from "@mantine/notifications"
import { useQuery, useQueryClient } from "@tanstack/react-query"
import { type ReactNode, useState } from "react"
import type { Key } from "../../lib/api-flags.ts"
import { call } from "../../lib/http.ts"
import { inEnvironment, keys } from "../../lib/queries-flags.ts"
import { Card } from "../../ui/card.tsx"
import { type Ask, ReasonDialog } from "../../ui/reason-dialog.tsx"
import { Loaded } from "../../ui/states.tsx"
import { When } from "../../ui/when.tsx"
import styles from "./environment.module.css"

interface KeysCardProps {
  readonly env: string
  readonly locked: boolean
}

const sides = { client: "Client key", server: "Server key" } as const

/** The keys that open an environment. A replaced one goes on until it is revoked. */
export function KeysCard({ env, locked }: KeysCardProps): ReactNode {
  const client = useQueryClient()
  const query = useQuery(keys(env))
  const [ask, setAsk] = useState<Ask>()
  const done = async (message: string): Promise<void> => {
    notifications.show({ message, color: "safe" })
    await Promise.all([
      client.invalidateQueries({ queryKey: [env, "keys"] }),
      client.invalidateQueries({ queryKey: ["environments"] }),
    ])
  }
  const askNew = (side: Key["side"]): void =>
    setAsk({
      title: `Make a new ${side} key?`,
      says: "The one before goes on until you revoke it. Nobody moves to another variant.",
      confirm: "Make the key",
      act: async (reason) => {
        await call("POST", inEnvironment(env, "/keys"), { side, reason })
        await done("The new key is made. Bring it to where the old one is used.")
      },
    })
  const askRevoke = (key: Key): void =>
    setAsk({
      title: "Revoke this key?",
      says: key.used_at
        ? "It is still used. Whoever has it gets no flags from this moment on."
        : "Nobody has used it since it was replaced or Belay started. Whoever has it gets no flags from this moment on.",
      confirm: "Revoke the key",
      danger: true,
      act: async (reason) => {
        await call("DELETE", inEnvironment(env, `/keys/${key.id}`), { reason })
        await done("The key is revoked.")
      },
    })
  return (
    <Card
      title="Keys"
      side={
        !locked && (
          <>
            <Button size="xs" variant="default" onClick={() => askNew("client")}>
              New client key
            </Button>
            <Button size="xs" variant="default" onClick={() => askNew("server")}>
              New server key
            </Button>
          </>
        )
      }
    >
      <Loaded query={query} bones={[80]}>
        {(all) => (
          <Stack gap="xs">
            <Text size="sm" c="dimmed">
              The client key is public and ships in pages. The server key is secret: it sees every
              flag.
            </Text>
            <ul className={styles.list}>
              {all.map((key) => (
                <li key={key.id} className={styles.key}>
                  <strong>{sides[key.side]}</strong>
                  {key.newest ? (
                    <Badge variant="light" color="safe">
                      newest
                    </Badge>
                  ) : (
                    <Badge variant="light" color="warn">
                      replaced
                    </Badge>
                  )}
                  <code className={styles.secret}>
                    {key.secret ?? "only administrators see it"}
                  </code>
                  <Text size="sm" c="dimmed">
                    {!key.newest &&
                      (key.used_at ? (
                        <>
                          last used <When at={key.used_at} />
                        </>
                      ) : (
                        "not used since Belay started"
                      ))}
                  </Text>
                  <span className={styles.end}>
                    {key.secret && (
                      <CopyButton value={key.secret}>
                        {({ copied, copy }) => (
                          <Button size="compact-xs" variant="subtle" onClick={copy}>
                            {copied ? "Copied" : `Copy the ${key.side} key`}
                          </Button>
                        )}
                      </CopyButton>
                    )}
                    {!key.newest && !locked && (
                      <Button
                        size="compact-xs"
                        color="harm"
                        variant="subtle"
                        onClick={() => askRevoke(key)}
                      >
                        Revoke
                      </Button>
                    )}
                  </span>
                </li>
              ))}
            </ul>
          </Stack>
        )}
      </Loaded>
      <ReasonDialog ask={ask} close={() => setAsk(undefined)} />
    </Card>
  )
}
