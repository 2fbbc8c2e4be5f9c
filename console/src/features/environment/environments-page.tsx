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
import { people } from "../../lib/queries-changes.ts"
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
                <SettingsCard key={current.id} environment={current} locked={!administrator} />
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

/** What of an environment somebody has touched and not saved. */
type Touched = Partial<Settings> & { readonly name?: string }

function SettingsCard({
  environment,
  locked,
}: {
  readonly environment: SetUpEnvironment
  readonly locked: boolean
}): ReactNode {
  const client = useQueryClient()
  // Only what is touched here is kept and sent: what somebody else changes meanwhile shows, and stays.
  const [touched, setTouched] = useState<Touched>({})
  const [ask, setAsk] = useState<Ask>()
  const { name, ...settings } = { name: environment.name, ...environment.settings, ...touched }
  const touch = (part: Touched): void => setTouched((t) => ({ ...t, ...part }))
  const dirty =
    name !== environment.name ||
    switches.some(({ key }) => settings[key] !== environment.settings[key]) ||
    settings.approvals !== environment.settings.approvals
  const askSave = (): void =>
    setAsk({
      title: `Change ${environment.name}?`,
      says: "Clients of this environment ask for their flags again.",
      confirm: "Save the settings",
      danger: settings.stop_serving && !environment.settings.stop_serving,
      act: async (reason) => {
        const { name: renamed, ...changed } = touched
        await call("PATCH", inEnvironment(environment.key, ""), {
          ...(renamed !== undefined && { name: renamed.trim() }),
          settings: changed,
          reason,
        })
        notifications.show({
          message: "The settings are saved.",
          color: "safe",
        })
        await client.invalidateQueries({ queryKey: ["environments"] })
        setTouched({})
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
          onChange={(e) => touch({ name: e.currentTarget.value })}
        />
        {switches.map(({ key, label, says }) => (
          <Switch
            key={key}
            label={label}
            description={says}
            checked={settings[key]}
            disabled={locked}
            color={key === "stop_serving" ? "harm" : "safe"}
            onChange={(e) => touch({ [key]: e.currentTarget.checked })}
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
          onChange={(n) => touch({ approvals: Number(n) })}
        />
        {settings.approvals > environment.settings.approvals && (
          <TooFew approvals={settings.approvals} />
        )}
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

/** Says so before an environment asks for more people than there are. */
function TooFew({ approvals }: { readonly approvals: number }): ReactNode {
  const all = useQuery(people()).data
  if (!all) return null
  const may = all.filter((p) => p.active && !p.invited && p.role !== "viewer").length
  if (may > approvals) return null
  return (
    <Alert color="warn" title="Nothing could be approved">
      {may === 1 ? "One person" : `${may} people`} here may change flags, and {approvals + 1} are
      needed: one who asks and {approvals} who {approvals === 1 ? "agrees" : "agree"}. Let them in
      under Team first: for a week, who comes later counts as one person with whoever let them in.
    </Alert>
  )
}
