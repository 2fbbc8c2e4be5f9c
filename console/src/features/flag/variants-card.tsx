import {
  ActionIcon,
  Alert,
  Button,
  Group,
  NumberInput,
  Stack,
  Text,
  TextInput,
} from "@mantine/core"
import { IconArrowDown, IconArrowUp, IconPlus, IconTrash } from "@tabler/icons-react"
import type { ReactNode } from "react"
import { percent } from "../../lib/number.ts"
import { Card } from "../../ui/card.tsx"
import { type DraftVariant, movedTo } from "./draft.ts"
import styles from "./flag-page.module.css"
import type { Editing } from "./flag-page.tsx"
import { TypedValue } from "./typed-value.tsx"
import { WeightBar } from "./weight-bar.tsx"
import { moved, sumOf } from "./weights.ts"

/** Several values, each for a share of the people. */
export function VariantsCard({ flag, page, draft, set, locked }: Editing): ReactNode {
  const all = draft.variants
  const rest = 100 - sumOf(all)
  const moves = moved(flag.variants, all)
  const change = (at: number, part: Partial<DraftVariant>): void =>
    set({ variants: all.map((v, i) => (i === at ? { ...v, ...part } : v)) })
  const add = (): void => {
    const id = Math.max(-1, ...all.map((v) => v.id)) + 1
    const key = `variant-${all.length + 1}`
    set({ variants: [...all, { id, key, text: draft.text, weight: 0 }] })
  }
  return (
    <Card
      title="Variants"
      note={all.length > 0 ? `control has the rest: ${percent(Math.max(0, rest))}` : undefined}
      side={
        !locked && (
          <Button
            size="xs"
            variant="default"
            leftSection={<IconPlus size={15} />}
            disabled={all.length >= page.limits.variants}
            onClick={add}
          >
            Add a variant
          </Button>
        )
      }
    >
      <Stack gap="sm">
        {all.length === 0 ? (
          <Text size="sm" c="dimmed">
            Everybody gets the same value. With variants, each is for a share of the people.
          </Text>
        ) : (
          <WeightBar label="Everybody" weights={all} />
        )}
        <ol className={styles.rows}>
          {all.map((v, at) => (
            <li key={v.id} className={styles.row}>
              <TextInput
                className={styles.name ?? ""}
                aria-label={`Name of variant ${at + 1}`}
                value={v.key}
                disabled={locked}
                onChange={(e) => change(at, { key: e.currentTarget.value })}
              />
              <div className={styles.grow}>
                <TypedValue
                  type={flag.type}
                  hidden
                  label={`Value of ${v.key}`}
                  text={v.text}
                  change={(text) => change(at, { text })}
                  locked={locked}
                />
              </div>
              <NumberInput
                aria-label={`Percent of ${v.key}`}
                w={104}
                suffix=" %"
                min={0}
                max={100}
                decimalScale={3}
                value={v.weight}
                disabled={locked}
                onChange={(weight) => change(at, { weight: Number(weight) })}
              />
              {!locked && (
                <Group gap={2} wrap="nowrap">
                  <ActionIcon
                    variant="subtle"
                    color="gray"
                    aria-label={`Move ${v.key} up`}
                    disabled={at === 0}
                    onClick={() => set({ variants: movedTo(all, at, at - 1) })}
                  >
                    <IconArrowUp size={16} />
                  </ActionIcon>
                  <ActionIcon
                    variant="subtle"
                    color="gray"
                    aria-label={`Move ${v.key} down`}
                    disabled={at === all.length - 1}
                    onClick={() => set({ variants: movedTo(all, at, at + 1) })}
                  >
                    <IconArrowDown size={16} />
                  </ActionIcon>
                  <ActionIcon
                    variant="subtle"
                    color="gray"
                    aria-label={`Remove ${v.key}`}
                    onClick={() => set({ variants: all.filter((_, i) => i !== at) })}
                  >
                    <IconTrash size={16} />
                  </ActionIcon>
                </Group>
              )}
            </li>
          ))}
        </ol>
        {rest < -1e-9 && (
          <Text size="sm" c="harm" role="alert">
            The weights add up to {percent(100 - rest)}; 100 % is the most.
          </Text>
        )}
        {moves > 0 && (
          <Alert color="warn" role="status">
            {percent(moves)} of people get another variant than now.
            {flag.experiment && " The experiment's numbers from before and after do not mix."}
          </Alert>
        )}
      </Stack>
    </Card>
  )
}
