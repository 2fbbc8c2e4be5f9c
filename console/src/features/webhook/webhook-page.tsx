import { Alert, Button, CopyButton } from "@mantine/core"
import { IconPlus, IconWebhook } from "@tabler/icons-react"
import { useQuery } from "@tanstack/react-query"
import { type ReactNode, useState } from "react"
import type { WebhookSecret } from "../../lib/api-transfer.ts"
import { session } from "../../lib/queries.ts"
import { webhooks } from "../../lib/queries-transfer.ts"
import { Card } from "../../ui/card.tsx"
import { Page } from "../../ui/page.tsx"
import { Empty, Loaded } from "../../ui/states.tsx"
import { HookCard } from "./hook-card.tsx"
import { HookDialog } from "./hook-dialog.tsx"
import styles from "./webhook.module.css"

/** The addresses that are told about changes of an environment, and what was sent there lately. */
export function WebhookPage({ env }: { readonly env: string }): ReactNode {
  const query = useQuery(webhooks(env))
  const administrator = useQuery(session()).data?.role === "admin"
  const [adding, setAdding] = useState(false)
  const [secret, setSecret] = useState<WebhookSecret>()
  const add = administrator && (
    <Button leftSection={<IconPlus size={17} />} onClick={() => setAdding(true)}>
      Add a webhook
    </Button>
  )
  return (
    <Page
      title="Webhooks"
      lead="Addresses of other programs that are told what changes here: signed, in order, and again until they answer."
      actions={add}
      narrow
    >
      {secret && <SecretNote made={secret} close={() => setSecret(undefined)} />}
      <Loaded query={query} bones={[200, 200]}>
        {(all) =>
          all.length === 0 ? (
            <Card>
              <Empty icon={<IconWebhook size={24} />} title="Nobody is told" action={add}>
                {administrator
                  ? "Add the address of a chat bot, a deployment or anything else that should know."
                  : "An administrator can add the address of a chat bot, a deployment or anything else that should know."}
              </Empty>
            </Card>
          ) : (
            all.map((hook) => (
              <HookCard
                key={hook.id}
                env={env}
                hook={hook}
                locked={!administrator}
                showSecret={setSecret}
              />
            ))
          )
        }
      </Loaded>
      <HookDialog env={env} opened={adding} close={() => setAdding(false)} made={setSecret} />
    </Page>
  )
}

function SecretNote({
  made,
  close,
}: {
  readonly made: WebhookSecret
  readonly close: () => void
}): ReactNode {
  return (
    <Alert
      color="warn"
      title="Its secret is shown only now"
      withCloseButton
      onClose={close}
      closeButtonLabel="I have kept it"
    >
      <p>
        Bring it to {made.url}: what Belay sends is signed with it, in the headers{" "}
        <code>Belay-Signature</code> and <code>Webhook-Signature</code>.
      </p>
      <code className={styles.secret}>{made.secret}</code>
      <CopyButton value={made.secret}>
        {({ copied, copy }) => (
          <Button mt={8} size="xs" variant="default" onClick={copy}>
            {copied ? "Copied" : "Copy the secret"}
          </Button>
        )}
      </CopyButton>
    </Alert>
  )
}
