import { ActionIcon, Select, Stack, Switch, Text, VisuallyHidden } from "@mantine/core"
import { IconGripVertical, IconTrash } from "@tabler/icons-react"
import { type KeyboardEvent, type ReactNode, useState } from "react"
import { Card } from "../../ui/card.tsx"
import { type DraftOverride, movedTo } from "./draft.ts"
import styles from "./flag-page.module.css"
import type { Editing } from "./flag-page.tsx"
import { TypedValue } from "./typed-value.tsx"

/** Another state for the members of a segment. The first that fits wins; order by dragging or with the arrow keys. */
export function SegmentOverrides({ flag, page, draft, set, locked }: Editing): ReactNode {
  const [dragged, setDragged] = useState<number>()
  const [said, say] = useState("")
  const all = draft.segments
  const change = (at: number, part: Partial<DraftOverride>): void =>
    set({ segments: all.map((o, i) => (i === at ? { ...o, ...part } : o)) })
  const move = (from: number, to: number): void => {
    const next = movedTo(all, from, to)
    if (next === all) return
    set({ segments: next })
    say(`${all[from]?.for} is now number ${to + 1} of ${all.length}.`)
  }
  const byKey = (event: KeyboardEvent, at: number): void => {
    const step = { ArrowUp: -1, ArrowDown: 1 }[event.key]
    if (step === undefined) return
    event.preventDefault()
    move(at, at + step)
  }
  const free = page.segments.filter((s) => !all.some((o) => o.for === s.key))
  return (
    <Card
      title="Overrides for segments"
      note={all.length > 1 ? "the first that fits wins" : undefined}
    >
      <Stack gap="sm">
        {all.length === 0 && (
          <Text size="sm" c="dimmed">
            {page.segments.length === 0
              ? "There are no segments in this environment yet."
              : "No segment gets anything else."}
          </Text>
        )}
        <ol className={styles.rows}>
          {all.map((o, at) => (
            <li
              key={o.for}
              className={styles.row}
              draggable={!locked}
              data-dragged={dragged === at || undefined}
              onDragStart={() => setDragged(at)}
              onDragEnd={() => setDragged(undefined)}
              onDragOver={(e) => {
                e.preventDefault()
                if (dragged === undefined || dragged === at) return
                move(dragged, at)
                setDragged(at)
              }}
            >
              {!locked && (
                <ActionIcon
                  className={styles.grip ?? ""}
                  variant="subtle"
                  color="gray"
                  aria-label={`${o.for} is number ${at + 1} of ${all.length}; arrow keys move it`}
                  onKeyDown={(e) => byKey(e, at)}
                >
                  <IconGripVertical size={16} />
                </ActionIcon>
              )}
              <span className={styles.name}>
                {at + 1}. {o.for}
              </span>
              <Switch
                aria-label={`On for ${o.for}`}
                label={o.enabled ? "on" : "off"}
                checked={o.enabled}
                disabled={locked}
                color="safe"
                onChange={(e) => change(at, { enabled: e.currentTarget.checked })}
              />
              {flag.type !== "boolean" && o.enabled && (
                <div className={styles.grow}>
                  <TypedValue
                    type={flag.type}
                    hidden
                    optional
                    label={`Value for ${o.for}`}
                    text={o.text}
                    change={(text) => change(at, { text })}
                    locked={locked}
                  />
                </div>
              )}
              {!locked && (
                <ActionIcon
                  variant="subtle"
                  color="gray"
                  aria-label={`Remove the override for ${o.for}`}
                  onClick={() => set({ segments: all.filter((_, i) => i !== at) })}
                >
                  <IconTrash size={16} />
                </ActionIcon>
              )}
            </li>
          ))}
        </ol>
        <VisuallyHidden aria-live="polite">{said}</VisuallyHidden>
        {!locked && free.length > 0 && all.length < page.limits.segments && (
          <Select
            label="Add an override for"
            placeholder="a segment"
            searchable
            value={null}
            data={free.map((s) => ({ value: s.key, label: s.key }))}
            maw={320}
            onChange={(key) => {
              if (key) set({ segments: [...all, { for: key, enabled: true, text: "" }] })
            }}
          />
        )}
      </Stack>
    </Card>
  )
}
