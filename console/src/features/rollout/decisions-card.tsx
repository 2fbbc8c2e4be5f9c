import { Anchor, Drawer, Stack, Text } from "@mantine/core"
import { type ReactNode, useState } from "react"
import type { Decision, RolloutPage } from "../../lib/api.ts"
import { fullTime } from "../../lib/time.ts"
import { Card } from "../../ui/card.tsx"
import { Empty } from "../../ui/states.tsx"
import { When } from "../../ui/when.tsx"
import styles from "./decisions.module.css"
import { ReadingsTable } from "./readings-table.tsx"
import { actionTone, sayAction, sentence } from "./words.ts"

/** Everything that was decided, by whom, why, and on which evidence. */
export function DecisionsCard({ page }: { readonly page: RolloutPage }): ReactNode {
  const [open, setOpen] = useState<Decision>()
  const [opened, setOpened] = useState(false)
  const show = (d: Decision): void => {
    setOpen(d)
    setOpened(true)
  }
  return (
    <Card title="Decisions" note={page.decisions.length > 0 && "newest first"} flush>
      {page.decisions.length === 0 && (
        <Empty icon={null} title="None yet" small>
          Every step will stand here with its reason, Belay's own and yours.
        </Empty>
      )}
      <ol className={styles.list}>
        {page.decisions.map((d) => (
          <li
            key={d.id}
            className={styles.item}
            style={{ ["--tone" as string]: `var(--${actionTone(d.action)})` }}
          >
            <span className={styles.top}>
              <strong>{sayAction(page, d)}</strong>
              <span className={styles.by}>
                {d.by}, <When at={d.at} />
              </span>
            </span>
            <p className={styles.reason}>{sentence(d.reason)}</p>
            {d.note && <p className={styles.reason}>{sentence(capital(d.note))}</p>}
            {d.missing?.length ? (
              <div className={styles.missing}>
                Went on without:
                <ul>
                  {d.missing.map((m) => (
                    <li key={m}>{m}</li>
                  ))}
                </ul>
              </div>
            ) : null}
            {d.evidence.length > 0 && (
              <Anchor component="button" type="button" size="sm" ta="left" onClick={() => show(d)}>
                Show the evidence
              </Anchor>
            )}
          </li>
        ))}
      </ol>
      <Drawer
        opened={opened}
        onClose={() => setOpened(false)}
        title={<strong>{open && sayAction(page, open)}</strong>}
      >
        {open && (
          <Stack>
            <Text size="sm">{sentence(open.reason)}</Text>
            <Text size="sm" c="dimmed">
              Decided by {open.by} on {fullTime(open.at)}. This is what was known at that moment; it
              is never changed.
            </Text>
            <ReadingsTable readings={open.evidence} named />
          </Stack>
        )}
      </Drawer>
    </Card>
  )
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)
