import { Button, Checkbox, Group, Select, Stack, Text } from "@mantine/core"
import { notifications } from "@mantine/notifications"
import { IconEqual } from "@tabler/icons-react"
import { useQuery, useQueryClient } from "@tanstack/react-query"
import { type ReactNode, useState } from "react"
import type { Comparison, Copied, Copying, Difference } from "../../lib/api-flags.ts"
import { asProblem, call } from "../../lib/http.ts"
import { invalidate, session } from "../../lib/queries.ts"
import { comparison, copyPlan, inEnvironment, setUpEnvironments } from "../../lib/queries-flags.ts"
import { Card } from "../../ui/card.tsx"
import { Page } from "../../ui/page.tsx"
import { type Ask, ReasonDialog } from "../../ui/reason-dialog.tsx"
import { Empty, Loaded } from "../../ui/states.tsx"
import { Trouble } from "../../ui/trouble.tsx"
import styles from "./environment.module.css"

interface ComparePageProps {
  readonly env: string
  readonly other: string
  readonly choose: (other: string) => void
}

/** Two environments side by side; what is picked is copied from the other one to this one. */
export function ComparePage({ env, other, choose }: ComparePageProps): ReactNode {
  const all = useQuery(setUpEnvironments()).data ?? []
  const nameOf = (key: string): string => all.find((e) => e.key === key)?.name ?? key
  return (
    <Page
      title={`Compare ${nameOf(env)}`}
      lead="Pick what to copy from the other environment to this one. Numbers and splits of rollouts stay each environment's own."
      back={{ to: `/${env}/environments`, label: "Environments" }}
    >
      <Select
        label="With"
        placeholder="another environment"
        value={other || null}
        data={all.filter((e) => e.key !== env).map((e) => ({ value: e.key, label: e.name }))}
        maw={280}
        allowDeselect={false}
        onChange={(key) => key && choose(key)}
      />
      {other && <Compared key={`${env} ${other}`} env={env} other={other} nameOf={nameOf} />}
    </Page>
  )
}

type NameOf = (key: string) => string

function Compared({
  env,
  other,
  nameOf,
}: {
  readonly env: string
  readonly other: string
  readonly nameOf: NameOf
}): ReactNode {
  const query = useQuery(comparison(env, other))
  const viewer = useQuery(session()).data?.role === "viewer"
  const client = useQueryClient()
  const [flags, setFlags] = useState<readonly string[]>([])
  const [segments, setSegments] = useState<readonly string[]>([])
  const [ask, setAsk] = useState<Ask>()
  const picked = flags.length + segments.length
  const what = { from: other, flags, segments }
  const plan = useQuery({ ...copyPlan(env, what), enabled: picked > 0 && !viewer })
  const askCopy = (c: Comparison): void =>
    setAsk({
      title: `Copy to ${nameOf(env)}?`,
      says: `All of it is copied in one commit. Open pages of ${nameOf(env)} follow within seconds.`,
      confirm: "Copy",
      act: async (reason) => {
        await call<Copying>("POST", inEnvironment(env, "/copy"), {
          ...what,
          ...(c.here_revision > 0 && { revision: c.here_revision }),
          reason,
        })
        notifications.show({
          message: `Copied to ${nameOf(env)}.`,
          color: "safe",
        })
        setFlags([])
        setSegments([])
        await invalidate(client, env, "flags")
      },
    })
  return (
    <Loaded query={query} bones={[280]}>
      {(c) => (
        <>
          {c.flags.length + c.segments.length === 0 ? (
            <Card>
              <Empty icon={<IconEqual size={24} />} title="Nothing differs">
                {nameOf(env)} and {nameOf(other)} have the same {c.same_flags} flags and{" "}
                {c.same_segments} segments.
              </Empty>
            </Card>
          ) : (
            <>
              <Rows
                title="Flags"
                same={c.same_flags}
                all={c.flags}
                picked={flags}
                pick={setFlags}
                names={[nameOf(env), nameOf(other)]}
                locked={viewer}
              />
              <Rows
                title="Segments"
                same={c.same_segments}
                all={c.segments}
                picked={segments}
                pick={setSegments}
                names={[nameOf(env), nameOf(other)]}
                locked={viewer}
              />
            </>
          )}
          {picked > 0 && (
            <Card title={`What would change in ${nameOf(env)}`}>
              {plan.isError && <Trouble problem={asProblem(plan.error)} />}
              {plan.data && <Outcome plan={plan.data} />}
              <Group justify="flex-end" mt="sm">
                <Button disabled={!plan.data} onClick={() => askCopy(c)}>
                  Copy {picked} to {nameOf(env)}
                </Button>
              </Group>
            </Card>
          )}
          <ReasonDialog ask={ask} close={() => setAsk(undefined)} />
        </>
      )}
    </Loaded>
  )
}

interface RowsProps {
  readonly title: string
  readonly same: number
  readonly all: readonly Difference[]
  readonly picked: readonly string[]
  readonly pick: (keys: readonly string[]) => void
  readonly names: readonly [string, string]
  readonly locked: boolean
}

function Rows({ title, same, all, picked, pick, names, locked }: RowsProps): ReactNode {
  const [here, there] = names
  const say = (d: Difference): string => {
    if (d.where === "here") return `only in ${here}`
    if (d.where === "there") return `only in ${there}`
    return `differs in ${d.fields.map((f) => f.replaceAll("_", " ")).join(", ")}`
  }
  const able = all.filter((d) => d.where !== "here").map((d) => d.key)
  return (
    <Card
      flush
      title={title}
      note={`${all.length} differ, ${same} are the same`}
      side={
        !locked &&
        able.length > 1 && (
          <Button
            size="compact-xs"
            variant="subtle"
            onClick={() => pick(picked.length === able.length ? [] : able)}
          >
            {picked.length === able.length ? "Pick none" : "Pick all"}
          </Button>
        )
      }
    >
      <ul className={styles.list}>
        {all.map((d) => (
          <li key={d.key} className={styles.difference}>
            {locked || d.where === "here" ? (
              <code>{d.key}</code>
            ) : (
              <Checkbox
                label={<code>{d.key}</code>}
                checked={picked.includes(d.key)}
                onChange={(e) =>
                  pick(
                    e.currentTarget.checked
                      ? [...picked, d.key]
                      : picked.filter((k) => k !== d.key),
                  )
                }
              />
            )}
            <Text size="sm" c="dimmed">
              {say(d)}
            </Text>
            {d.where === "both" && <Sides difference={d} names={names} />}
          </li>
        ))}
      </ul>
    </Card>
  )
}

const read = (state: unknown, field: string): string => {
  const value = (state as Readonly<Record<string, unknown>> | undefined)?.[field]
  return value === undefined ? "nothing" : JSON.stringify(value)
}

function Sides({
  difference,
  names,
}: {
  readonly difference: Difference
  readonly names: readonly [string, string]
}): ReactNode {
  return (
    <details className={styles.sides}>
      <summary>Side by side</summary>
      <table>
        <thead>
          <tr>
            <th scope="col">Field</th>
            <th scope="col">{names[0]}</th>
            <th scope="col">{names[1]}</th>
          </tr>
        </thead>
        <tbody>
          {difference.fields.map((f) => (
            <tr key={f}>
              <th scope="row">{f.replaceAll("_", " ")}</th>
              <td>
                <code>{read(difference.here, f)}</code>
              </td>
              <td>
                <code>{read(difference.there, f)}</code>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </details>
  )
}

function Outcome({ plan }: { readonly plan: Copying }): ReactNode {
  const lines = [
    ...plan.segments.map((s) => ["segment", s] as const),
    ...plan.flags.map((f) => ["flag", f] as const),
  ]
  return (
    <Stack gap={4}>
      {lines.length === 0 && <Text size="sm">Nothing: it has all of that already.</Text>}
      {lines.map(([noun, c]) => (
        <Text size="sm" key={`${noun} ${c.key}`}>
          {sayCopied(noun, c)}
        </Text>
      ))}
    </Stack>
  )
}

function sayCopied(noun: string, c: Copied): string {
  const fields = c.fields
    .map((f) => `${f.replaceAll("_", " ")}: ${read(c.before, f)} → ${read(c.after, f)}`)
    .join("; ")
  const what = c.before
    ? `The ${noun} ${c.key} changes. ${fields}.`
    : `The ${noun} ${c.key} is new.`
  return [what, c.needed && `It comes along: ${c.needed}.`, c.note].filter(Boolean).join(" ")
}
