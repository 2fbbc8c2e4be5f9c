import {
  ActionIcon,
  Button,
  Group,
  NumberInput,
  Select,
  Stack,
  Textarea,
  TextInput,
} from "@mantine/core"
import { IconPlus, IconTrash } from "@tabler/icons-react"
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query"
import { Link } from "@tanstack/react-router"
import { type FormEvent, type ReactNode, useState } from "react"
import type { Experiment, Metric, NewExperiment, PlanQuestion } from "../../lib/api-experiments.ts"
import type { WholeFlag } from "../../lib/api-flags.ts"
import { asProblem, call } from "../../lib/http.ts"
import { invalidate } from "../../lib/queries.ts"
import { experimentsAt, flagsWithVariants } from "../../lib/queries-experiments.ts"
import { Card } from "../../ui/card.tsx"
import { Column, Columns } from "../../ui/columns.tsx"
import { Page } from "../../ui/page.tsx"
import { ReasonField, shortestReason } from "../../ui/reason-field.tsx"
import { Empty, Loaded } from "../../ui/states.tsx"
import { Trouble } from "../../ui/trouble.tsx"
import styles from "./experiment.module.css"
import { MetricFields } from "./metric-fields.tsx"
import { PlanPanel, usePlan } from "./plan-panel.tsx"
import { armKeys, complete, inPoints } from "./words.ts"

interface FormProps {
  readonly env: string
  /** Called with the id of what was started. */
  readonly done: (id: string) => void
}

/** The server takes as many metrics, the primary one among them. */
const mostMetrics = 10

/** What must not get worse unless somebody says otherwise. */
const usualGuardrail: Metric = { role: "guardrail", kind: "errors", margin: 0.5 }

/** Sets an experiment up, with its plan beside it, and starts it. */
export function NewExperimentForm({ env, done }: FormProps): ReactNode {
  const query = useQuery(flagsWithVariants(env))
  return (
    <Page
      title="New experiment"
      lead="People keep the variants they have; Belay begins to count who does what."
      back={{ to: `/${env}/experiments`, label: "Experiments" }}
    >
      <Loaded query={query} bones={[240, 180, 180]}>
        {(flags) =>
          flags.length === 0 ? (
            <Card>
              <Empty icon={<IconPlus size={24} />} title="No flag has variants">
                An experiment compares the variants of a flag.{" "}
                <Link to="/$env/flags" params={{ env }}>
                  Give a flag a variant with a weight
                </Link>{" "}
                first.
              </Empty>
            </Card>
          ) : (
            <Form env={env} done={done} flags={flags} />
          )
        }
      </Loaded>
    </Page>
  )
}

function Form({
  env,
  done,
  flags,
}: FormProps & { readonly flags: readonly WholeFlag[] }): ReactNode {
  const client = useQueryClient()
  const [name, setName] = useState("")
  const [hypothesis, setHypothesis] = useState("")
  const [flag, setFlag] = useState(flags[0]?.key ?? "")
  const [control, setControl] = useState<string | null>(null)
  const [primary, setPrimary] = useState<Metric>({ role: "primary", kind: "conversion" })
  const [effect, setEffect] = useState(2)
  const [guardrails, setGuardrails] = useState<readonly Metric[]>([usualGuardrail])
  const [reason, setReason] = useState("")
  const arms = armKeys(flags.find((f) => f.key === flag)?.variants ?? [])
  const against = control && arms.includes(control) ? control : arms[0]
  const question: PlanQuestion | undefined =
    flag && complete(primary) && effect > 0
      ? { flag, metric: primary, effect, ...(against ? { control: against } : {}) }
      : undefined
  const planned = usePlan(env, question).data?.people
  const ready = complete(primary) && guardrails.every(complete)
  const start = useMutation({
    mutationFn: (wanted: NewExperiment) => call<Experiment>("POST", experimentsAt(env), wanted),
    onSuccess: async (started) => {
      await Promise.all([invalidate(client, env, "experiments"), invalidate(client, env, "flags")])
      done(started.id)
    },
  })
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    if (!ready) return
    start.mutate({
      name: name.trim(),
      hypothesis: hypothesis.trim(),
      flag,
      ...(against ? { control: against } : {}),
      metrics: [primary, ...guardrails],
      effect,
      ...(planned ? { planned } : {}),
      reason: reason.trim(),
    })
  }
  const setGuardrail = (at: number, m: Metric): void =>
    setGuardrails(guardrails.map((old, n) => (n === at ? m : old)))
  return (
    <form onSubmit={submit}>
      <Columns>
        <Column>
          <Card title="What is compared">
            <Stack gap="sm">
              <TextInput
                label="Name"
                placeholder="Shorter button"
                value={name}
                onChange={(e) => setName(e.currentTarget.value)}
                maxLength={150}
                required
              />
              <Textarea
                label="What is expected, and why"
                placeholder="A shorter text is read at a glance, so more people buy."
                value={hypothesis}
                onChange={(e) => setHypothesis(e.currentTarget.value)}
                maxLength={2000}
                autosize
                minRows={2}
              />
              <div className={styles.fields}>
                <Select
                  label="Flag"
                  data={flags.map((f) => f.key)}
                  value={flag}
                  onChange={(key) => setFlag(key ?? "")}
                  searchable
                  allowDeselect={false}
                  required
                  nothingFoundMessage="No flag with variants has this name"
                />
                <Select
                  label="Compared with"
                  data={[...arms]}
                  value={against ?? null}
                  onChange={setControl}
                  allowDeselect={false}
                />
              </div>
              <p className={styles.quiet}>
                {arms.join(" against ")}. Weights are changed on the flag's page; changing them
                later begins the count anew.
              </p>
            </Stack>
          </Card>
          <Card title="What decides">
            <MetricFields of="What decides" metric={primary} change={setPrimary}>
              <NumberInput
                label={`Would matter (${inPoints(primary.kind) ? "points" : "%"})`}
                aria-label="Smallest difference that would matter"
                value={effect}
                min={0}
                max={1000}
                step={0.5}
                onChange={(v) => setEffect(Number(v) || 0)}
              />
            </MetricFields>
          </Card>
          <Card title="What must not get worse">
            <Stack gap="sm">
              {guardrails.map((m, n) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: rows have no other name than their place
                <div key={n} className={styles.guardrail}>
                  <MetricFields
                    of={`Guardrail ${n + 1}`}
                    metric={m}
                    change={(now) => setGuardrail(n, now)}
                  />
                  <ActionIcon
                    variant="subtle"
                    color="gray"
                    aria-label={`Remove guardrail ${n + 1}`}
                    onClick={() => setGuardrails(guardrails.filter((_, at) => at !== n))}
                  >
                    <IconTrash size={16} />
                  </ActionIcon>
                </div>
              ))}
              {guardrails.length === 0 && (
                <p className={styles.quiet}>Nothing: a variant may win at any price.</p>
              )}
              <Group>
                <Button
                  variant="subtle"
                  size="xs"
                  leftSection={<IconPlus size={15} />}
                  disabled={guardrails.length + 1 >= mostMetrics}
                  onClick={() =>
                    setGuardrails([
                      ...guardrails,
                      { role: "guardrail", kind: "slow", event: "LCP", margin: 2 },
                    ])
                  }
                >
                  Add a guardrail
                </Button>
              </Group>
            </Stack>
          </Card>
        </Column>
        <Column>
          <PlanPanel env={env} question={question} />
          <Card title="Why">
            <Stack gap="sm">
              <ReasonField
                description="Kept in the journal."
                value={reason}
                change={setReason}
                minLength={shortestReason}
              />
              {start.isError && <Trouble problem={asProblem(start.error)} />}
              <Group justify="flex-end">
                <Button type="submit" loading={start.isPending} disabled={!ready}>
                  Start it
                </Button>
              </Group>
            </Stack>
          </Card>
        </Column>
      </Columns>
    </form>
  )
}
