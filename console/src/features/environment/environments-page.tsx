import {
  Alert,
  Badge,
  Button,
  Group,
  NumberInput,
  Stack,
  Switch,
  Text,
  TextInput,
} from "@mantine/core"
import { notifications } from "@mantine/notifications"
import { IconPlus } from "@tabler/icons-react"
import { useQuery, useQueryClient } from "@tanstack/react-query"
import { Link } from "@tanstack/react-router"
import { type ReactNode, useState } from "react"
import type { Settings, SetUpEnvironment } from "../../lib/api-flags.ts"
import { call } from "../../lib/http.ts"
import { session } from "../../lib/queries.ts"
import { inEnvironment, setUpEnvironments } from "../../lib/queries-flags.ts"
import { Card } from "../../ui/card.tsx"
import { Page } from "../../ui/page.tsx"
import { type Ask, ReasonDialog } from "../../ui/reason-dialog.tsx"
import { Loaded } from "../../ui/states.tsx"
import styles from "./environment.module.css"
import { KeysCard } from "./keys-card.tsx"
import { NewEnvironmentDialog } from "./new-environment-dialog.tsx"
import { switches } from "./settings.ts"

/** Every environment; the one that is looked at with its settings and keys. */
export function EnvironmentsPage({ env }: { readonly env: string }): ReactNode {
  const query = useQuery(setUpEnvironments())
  const administrator = useQuery(session()).data?.role === "admin"
  const [making, setMaking] = useState(false)
  return (
    <Page
      title="Environments"
      lead="Each has its own flags, segments and keys. Choose another one at the top to set it up."
      actions={
        administrator && (
          <Button leftSection={<IconPlus size={17} />} onClick={() => setMaking(true)}>
            New environment
          </Button>
        )
      }
    >
      <Loaded query={query} bones={[160, 320]}>
        {(all) => {
          const current = all.find((e) => e.key === env)
          return (
            <>
              <Card flush>
                <ul className={styles.list}>
                  {all.map((e) => (
                    <li key={e.id} className={styles.row}>
                      <Link to="/$env/environments" params={{ env: e.key }}>
                        {e.name}
                      </Link>
                      <code>{e.key}</code>
                      {e.key === env && <Badge variant="light">this one</Badge>}
                      {e.settings.approvals > 0 && (
                        <Text size="sm">changes need {e.settings.approvals} more people</Text>
                      )}
                      {e.key !== env && (
                        <Link
                          className={styles.end ?? ""}
                          to="/$env/compare"
                          params={{ env }}
                          search={{ with: e.key }}
                        >
                          Compare with {current?.name ?? env}
                        </Link>
                      )}
                    </li>
                  ))}
                </ul>
              </Card>
              {current && (
                <SettingsCard
                  key={`${current.id} ${current.name} ${JSON.stringify(current.settings)}`}
                  environment={current}
                  locked={!administrator}
                />
              )}
              <KeysCard env={env} locked={!administrator} />
              <NewEnvironmentDialog opened={making} close={() => setMaking(false)} all={all} />
            </>
          )
        }}
      </Loaded>
    </Page>
  )
}

function SettingsCard({
  environment,
  locked,
}: {
  readonly environment: SetUpEnvironment
  readonly locked: boolean
}): ReactNode {
  const client = useQueryClient()
  const [name, setName] = useState(environment.name)
  const [settings, setSettings] = useState<Settings>(environment.settings)
  const [ask, setAsk] = useState<Ask>()
  const dirty =
    name !== environment.name || JSON.stringify(settings) !== JSON.stringify(environment.settings)
  const askSave = (): void =>
    setAsk({
      title: `Change ${environment.name}?`,
      says: "Clients of this environment ask for their flags again.",
      confirm: "Save the settings",
      danger: settings.stop_serving && !environment.settings.stop_serving,
      act: async (reason) => {
        await call("PATCH", inEnvironment(environment.key, ""), {
          name: name.trim(),
          settings,
          reason,
        })
        notifications.show({
          message: "The settings are saved.",
          color: "safe",
        })
        await client.invalidateQueries({ queryKey: ["environments"] })
      },
    })
  return (
    <Card title={`Settings of ${environment.name}`}>
      <Stack gap="md">
        {environment.settings.stop_serving && (
          <Alert color="harm">Flagsmith's clients get nothing from this environment.</Alert>
        )}
        <TextInput
          label="Name"
          value={name}
          disabled={locked}
          maxLength={100}
          maw={320}
          onChange={(e) => setName(e.currentTarget.value)}
        />
        {switches.map(({ key, label, says }) => (
          <Switch
            key={key}
            label={label}
            description={says}
            checked={settings[key]}
            disabled={locked}
            color={key === "stop_serving" ? "harm" : "safe"}
            onChange={(e) => setSettings({ ...settings, [key]: e.currentTarget.checked })}
          />
        ))}
        <NumberInput
          label="Approvals"
          description="How many people other than who proposes a change have to approve it; 0 lets everybody change flags alone."
          value={settings.approvals}
          disabled={locked}
          min={0}
          max={5}
          clampBehavior="strict"
          allowDecimal={false}
          maw={320}
          onChange={(n) => setSettings({ ...settings, approvals: Number(n) })}
        />
        {!locked && (
          <Group justify="flex-end">
            <Button disabled={!dirty || !name.trim()} onClick={askSave}>
              Save the settings
            </Button>
          </Group>
        )}
      </Stack>
      <ReasonDialog ask={ask} close={() => setAsk(undefined)} />
    </Card>
  )
}
