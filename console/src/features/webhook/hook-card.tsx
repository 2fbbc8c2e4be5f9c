import { Alert, Badge, Button, Group, Menu, Stack } from "@mantine/core"
import { notifications } from "@mantine/notifications"
import { IconDots, IconSend } from "@tabler/icons-react"
import { useMutation, useQueryClient } from "@tanstack/react-query"
import { type ReactNode, useState } from "react"
import type { Delivery, Webhook, WebhookSecret } from "../../lib/api-transfer.ts"
import { asProblem, call } from "../../lib/http.ts"
import { invalidate } from "../../lib/queries.ts"
import { Card } from "../../ui/card.tsx"
import { type Ask, ReasonDialog } from "../../ui/reason-dialog.tsx"
import { Status } from "../../ui/status.tsx"
import { Trouble } from "../../ui/trouble.tsx"
import { DeliveryList } from "./delivery-list.tsx"
import { HookDialog } from "./hook-dialog.tsx"
import styles from "./webhook.module.css"
import { sayKind } from "./words.ts"

interface HookCardProps {
  readonly env: string
  readonly hook: Webhook
  readonly locked: boolean
  readonly showSecret: (made: WebhookSecret) => void
}

/** One webhook: what it is told, whether it is sent to, and what came of it lately. */
export function HookCard({ env, hook, locked, showSecret }: HookCardProps): ReactNode {
  const client = useQueryClient()
  const [ask, setAsk] = useState<Ask>()
  const [changing, setChanging] = useState(false)
  const again = (): Promise<void> => invalidate(client, env, "webhooks")
  const ping = useMutation({
    mutationFn: () => call<Delivery>("POST", `/webhooks/${hook.id}/ping`),
    onSuccess: again,
  })
  const off = hook.disabled !== undefined
  const turn = (enabled: boolean) => async (reason: string) => {
    await call<Webhook>("PATCH", `/webhooks/${hook.id}`, { enabled, reason })
    await again()
  }
  const rotate = async (reason: string): Promise<void> => {
    showSecret(await call<WebhookSecret>("POST", `/webhooks/${hook.id}/rotate`, { reason }))
    await again()
  }
  const remove = async (reason: string): Promise<void> => {
    await call("DELETE", `/webhooks/${hook.id}?reason=${encodeURIComponent(reason)}`)
    notifications.show({ message: "The webhook is removed.", color: "safe" })
    await again()
  }
  return (
    <Card
      title={hook.description || hostOf(hook.url)}
      note={<Status tone={off ? "idle" : "safe"}>{off ? "Paused" : "On"}</Status>}
      side={
        !locked && (
          <>
            <Button
              size="xs"
              variant="default"
              leftSection={<IconSend size={15} />}
              disabled={off}
              loading={ping.isPending}
              onClick={() => ping.mutate()}
            >
              Send a test
            </Button>
            <Menu position="bottom-end">
              <Menu.Target>
                <Button
                  variant="subtle"
                  size="compact-sm"
                  aria-label={`What to do with ${hook.url}`}
                >
                  <IconDots size={18} />
                </Button>
              </Menu.Target>
              <Menu.Dropdown>
                <Menu.Item onClick={() => setChanging(true)}>Change it</Menu.Item>
                <Menu.Item
                  onClick={() =>
                    setAsk({
                      title: off ? "Send again?" : "Pause this webhook?",
                      says: off
                        ? "What waited is sent first, in order; then what happened meanwhile."
                        : "Nothing is sent until you let it go on. What happens meanwhile is kept for it.",
                      confirm: off ? "Send again" : "Pause it",
                      act: turn(off),
                    })
                  }
                >
                  {off ? "Send again" : "Pause"}
                </Menu.Item>
                <Menu.Item
                  onClick={() =>
                    setAsk({
                      title: "Make a new secret?",
                      says: "For a day both sign, so that nothing is lost while you bring the new one there.",
                      confirm: "Make the secret",
                      act: rotate,
                    })
                  }
                >
                  New secret
                </Menu.Item>
                <Menu.Item
                  color="harm"
                  onClick={() =>
                    setAsk({
                      title: "Remove this webhook?",
                      says: "What waits for it is lost, and so is the list of what was sent.",
                      confirm: "Remove the webhook",
                      danger: true,
                      act: remove,
                    })
                  }
                >
                  Remove
                </Menu.Item>
              </Menu.Dropdown>
            </Menu>
          </>
        )
      }
    >
      <Stack gap="sm">
        <code className={styles.secret}>{hook.url}</code>
        {hook.disabled && (
          <Alert color="warn" title="Nothing is sent">
            {hook.disabled}
          </Alert>
        )}
        <Group gap={6}>
          {hook.kinds.map((kind) => (
            <Badge key={kind} variant="light" tt="none">
              {sayKind(kind)}
            </Badge>
          ))}
        </Group>
        {ping.isError && <Trouble problem={asProblem(ping.error)} />}
        <DeliveryList env={env} hook={hook} locked={locked} />
      </Stack>
      <ReasonDialog ask={ask} close={() => setAsk(undefined)} />
      <HookDialog
        key={JSON.stringify(hook)}
        env={env}
        hook={hook}
        opened={changing}
        close={() => setChanging(false)}
      />
    </Card>
  )
}

function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).host : url
}
