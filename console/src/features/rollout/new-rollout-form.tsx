import {
  ActionIcon,
  Button,
  Checkbox,
  Group,
  NumberInput,
  SegmentedControl,
  Select,
  Stack,
  Table,
  Text,
  TextInput,
  VisuallyHidden,
} from "@mantine/core"
import { IconPlus, IconTrash } from "@tabler/icons-react"
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query"
import { type FormEvent, type ReactNode, useState } from "react"
import type { FlagNode, NewRollout, Phase, Plan, Rollout } from "../../lib/api.ts"
import { asProblem, call } from "../../lib/http.ts"
import { percent } from "../../lib/number.ts"
import { flags, invalidate } from "../../lib/queries.ts"
import { forecastPlan, usualPlan } from "../../lib/queries-forecast.ts"
import { Card } from "../../ui/card.tsx"
import { Page } from "../../ui/page.tsx"
import { ReasonField, shortestReason } from "../../ui/reason-field.tsx"
import { Loaded } from "../../ui/states.tsx"
import { Trouble } from "../../ui/trouble.tsx"
import { ForecastCard } from "./forecast-card.tsx"
import { faultOf, planOf } from "./plan.ts"
import { sayList } from "./words.ts"

interface FormProps {
  readonly env: string
  /** Called with the id of what was planned. */
  readonly done: (id: string) => void
}

/** Plans a rollout. Nothing is turned on until somebody starts it. */
export function NewRolloutForm({ env, done }: FormProps): ReactNode {
  const query = useQuery(flags(env))
  const plan = useQuery(usualPlan())
  return (
    <Page
      title="Plan a rollout"
      lead="Nothing is turned on until somebody starts it."
      back={{ to: `/${env}/rollouts`, label: "Rollouts" }}
      narrow
    >
      <Loaded query={query} bones={[220, 300]}>
        {(tree) => (
          <Loaded query={plan} bones={[220, 300]}>
            {(usual) => <Form env={env} done={done} masters={mastersOf(tree)} usual={usual} />}
          </Loaded>
        )}
      </Loaded>
    </Page>
  )
}

/** Flags that a rollout can own: boolean ones at the top. Those with components come first. */
function mastersOf(tree: readonly FlagNode[]): readonly FlagNode[] {
  return tree
    .filter((f) => f.type === "boolean")
    .toSorted((a, b) => b.children.length - a.children.length)
}

function Form({
  env,
  done,
  masters,
  usual,
}: FormProps & { readonly masters: readonly FlagNode[]; readonly usual: Plan }): ReactNode {
  const client = useQueryClient()
  const [name, setName] = useState("")
  const [flag, setFlag] = useState<string | null>(masters[0]?.key ?? null)
  const [left, setLeft] = useState<readonly string[]>([])
  const [phases, setPhases] = useState<readonly Phase[]>()
  const [reason, setReason] = useState("")
  const components = masters.find((m) => m.key === flag)?.children.map((c) => c.key) ?? []
  const chosen = components.filter((c) => !left.includes(c))
  const fault = phases && faultOf(phases)
  const make = useMutation({
    mutationFn: (wanted: NewRollout) =>
      call<Rollout>("POST", `/environments/${encodeURIComponent(env)}/rollouts`, wanted),
    onSuccess: async (made) => {
      await invalidate(client, env, "rollouts")
      done(made.id)
    },
  })
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    if (!flag || fault) return
    make.mutate({
      name: name.trim(),
      flag,
      reason: reason.trim(),
      ...(left.length > 0 ? { components: chosen } : {}),
      ...(phases ? { plan: planOf(usual, phases) } : {}),
    })
  }
  return (
    <form onSubmit={submit}>
      <Stack>
        <Card title="What">
          <Stack gap="sm">
            <TextInput
              label="Name"
              placeholder="Design system 2"
              value={name}
              onChange={(e) => setName(e.currentTarget.value)}
              maxLength={200}
              required
            />
            <Select
              label="Flag"
              description="The master flag. The rollout owns for how many people it is on."
              data={masters.map((m) => m.key)}
              value={flag}
              onChange={(key) => {
                setFlag(key)
                setLeft([])
              }}
              searchable
              required
              nothingFoundMessage="No boolean flag has this name"
            />
            {components.length > 0 && (
              <Checkbox.Group
                label="Components"
                description="Each is watched by itself and can go back by itself."
                value={chosen}
                onChange={(now) => setLeft(components.filter((c) => !now.includes(c)))}
              >
                <Group gap="md" mt={8}>
                  {components.map((c) => (
                    <Checkbox key={c} value={c} label={c} />
                  ))}
                </Group>
              </Checkbox.Group>
            )}
          </Stack>
        </Card>
        <Card
          title="Phases"
          side={
            <SegmentedControl
              size="xs"
              aria-label="Which phases"
              value={phases ? "own" : "usual"}
              onChange={(v) => setPhases(v === "own" ? usual.phases : undefined)}
              data={[
                { value: "usual", label: "As usual" },
                { value: "own", label: "My own" },
              ]}
            />
          }
        >
          {phases ? (
            <PhaseEditor phases={phases} change={setPhases} fault={fault} />
          ) : (
            <Text size="sm" c="dimmed">
              {sayList(usual.phases.map((p) => percent(p.percent)))} of people, as Belay is set up.
              It goes on by itself once a phase is proven safe, and asks a person where the plan
              says so. All guards watch from the first second.
            </Text>
          )}
        </Card>
        {flag && !fault && (
          <ForecastCard
            ask={(harm) =>
              forecastPlan(env, {
                flag,
                harm,
                ...(chosen.length > 0 ? { components: chosen } : {}),
                ...(phases ? { plan: planOf(usual, phases) } : {}),
              })
            }
          />
        )}
        <Card title="Why">
          <Stack gap="sm">
            <ReasonField
              description="Kept in the journal."
              value={reason}
              change={setReason}
              minLength={shortestReason}
            />
            {make.isError && <Trouble problem={asProblem(make.error)} />}
            <Group justify="flex-end">
              <Button type="submit" loading={make.isPending} disabled={!flag || !!fault}>
                Plan it
              </Button>
            </Group>
          </Stack>
        </Card>
      </Stack>
    </form>
  )
}

interface PhaseEditorProps {
  readonly phases: readonly Phase[]
  readonly change: (phases: readonly Phase[]) => void
  readonly fault: string | undefined
}

function PhaseEditor({ phases, change, fault }: PhaseEditorProps): ReactNode {
  const set = (index: number, part: Partial<Phase>): void =>
    change(phases.map((p, i) => (i === index ? { ...p, ...part } : p)))
  const add = (): void => {
    const last = phases.at(-1)
    change([...phases, { ...(last ?? emptyPhase), name: "" }])
  }
  return (
    <Stack gap="xs">
      <Table.ScrollContainer minWidth={640}>
        <Table verticalSpacing={6} horizontalSpacing={6} withRowBorders={false}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>Name</Table.Th>
              <Table.Th w={90}>Percent</Table.Th>
              <Table.Th w={100}>Stays at least</Table.Th>
              <Table.Th w={110}>Asks after</Table.Th>
              <Table.Th w={100}>People at least</Table.Th>
              <Table.Th w={90}>Needs a yes</Table.Th>
              <Table.Th w={40}>
                <VisuallyHidden>Remove</VisuallyHidden>
              </Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {phases.map((p, i) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: rows have no other name than their place
              <Table.Tr key={i}>
                <Table.Td>
                  <TextInput
                    aria-label={`Name of phase ${i + 1}`}
                    value={p.name}
                    onChange={(e) => set(i, { name: e.currentTarget.value })}
                  />
                </Table.Td>
                <Table.Td>
                  <NumberInput
                    aria-label={`Percent of phase ${i + 1}`}
                    value={p.percent}
                    min={0.1}
                    max={100}
                    onChange={(v) => set(i, { percent: Number(v) })}
                  />
                </Table.Td>
                <Table.Td>
                  <TextInput
                    aria-label={`Shortest stay in phase ${i + 1}`}
                    value={p.min_dwell}
                    onChange={(e) => set(i, { min_dwell: e.currentTarget.value.trim() })}
                  />
                </Table.Td>
                <Table.Td>
                  <TextInput
                    aria-label={`A person is asked in phase ${i + 1} after`}
                    value={p.max_dwell}
                    onChange={(e) => set(i, { max_dwell: e.currentTarget.value.trim() })}
                  />
                </Table.Td>
                <Table.Td>
                  <NumberInput
                    aria-label={`People needed in phase ${i + 1}`}
                    value={p.min_users}
                    min={0}
                    allowDecimal={false}
                    onChange={(v) => set(i, { min_users: Number(v) })}
                  />
                </Table.Td>
                <Table.Td>
                  <Checkbox
                    aria-label={`Leaving phase ${i + 1} needs a person's yes`}
                    checked={p.approval}
                    onChange={(e) => set(i, { approval: e.currentTarget.checked })}
                  />
                </Table.Td>
                <Table.Td>
                  <ActionIcon
                    variant="subtle"
                    color="gray"
                    aria-label={`Remove phase ${i + 1}`}
                    disabled={phases.length === 1}
                    onClick={() => change(phases.filter((_, at) => at !== i))}
                  >
                    <IconTrash size={16} />
                  </ActionIcon>
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
      <Group justify="space-between">
        <Button variant="subtle" size="xs" leftSection={<IconPlus size={15} />} onClick={add}>
          Add a phase
        </Button>
        {fault && (
          <Text size="sm" c="harm" role="alert">
            {fault}
          </Text>
        )}
      </Group>
    </Stack>
  )
}

const emptyPhase: Phase = {
  name: "",
  percent: 5,
  min_dwell: "24h",
  max_dwell: "0s",
  min_users: 0,
  approval: false,
}
