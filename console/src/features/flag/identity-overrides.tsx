import {
  ActionIcon,
  Button,
  Group,
  Pagination,
  Stack,
  Switch,
  Text,
  TextInput,
} from "@mantine/core"
import { IconSearch, IconTrash } from "@tabler/icons-react"
import { type FormEvent, type ReactNode, useState } from "react"
import { Card } from "../../ui/card.tsx"
import type { DraftOverride } from "./draft.ts"
import styles from "./flag-page.module.css"
import type { Editing } from "./flag-page.tsx"
import { TypedValue } from "./typed-value.tsx"

/** Rows of one page of the list. */
const perPage = 10

/** Another state for single people. It goes before everything else. */
export function IdentityOverrides({ flag, page, draft, set, locked }: Editing): ReactNode {
  const [find, setFind] = useState("")
  const [at, setAt] = useState(1)
  const [who, setWho] = useState("")
  const all = draft.identities
  const found = all.filter((o) => o.for.toLowerCase().includes(find.trim().toLowerCase()))
  const pages = Math.max(1, Math.ceil(found.length / perPage))
  const shown = found.slice((Math.min(at, pages) - 1) * perPage, Math.min(at, pages) * perPage)
  const change = (key: string, part: Partial<DraftOverride>): void =>
    set({ identities: all.map((o) => (o.for === key ? { ...o, ...part } : o)) })
  const known = all.some((o) => o.for === who.trim())
  const add = (event: FormEvent): void => {
    event.preventDefault()
    if (!who.trim() || known) return
    set({ identities: [{ for: who.trim(), enabled: true, text: "" }, ...all] })
    setWho("")
    setFind("")
    setAt(1)
  }
  return (
    <Card
      title="Overrides for identities"
      note={all.length > 0 ? `${all.length} of at most ${page.limits.identities}` : undefined}
    >
      <Stack gap="sm">
        {all.length === 0 && (
          <Text size="sm" c="dimmed">
            No single person gets anything else.
          </Text>
        )}
        {all.length > perPage && (
          <TextInput
            aria-label="Find an identity"
            placeholder="Find an identity"
            leftSection={<IconSearch size={16} />}
            value={find}
            onChange={(e) => setFind(e.currentTarget.value)}
            maw={320}
          />
        )}
        <ul className={styles.rows}>
          {shown.map((o) => (
            <li key={o.for} className={styles.row}>
              <span className={styles.name}>{o.for}</span>
              <Switch
                aria-label={`On for ${o.for}`}
                label={o.enabled ? "on" : "off"}
                checked={o.enabled}
                disabled={locked}
                color="safe"
                onChange={(e) => change(o.for, { enabled: e.currentTarget.checked })}
              />
              {flag.type !== "boolean" && o.enabled && (
                <div className={styles.grow}>
                  <TypedValue
                    type={flag.type}
                    hidden
                    optional
                    label={`Value for ${o.for}`}
                    text={o.text}
                    change={(text) => change(o.for, { text })}
                    locked={locked}
                  />
                </div>
              )}
              {!locked && (
                <ActionIcon
                  variant="subtle"
                  color="gray"
                  aria-label={`Remove the override for ${o.for}`}
                  onClick={() => set({ identities: all.filter((x) => x.for !== o.for) })}
                >
                  <IconTrash size={16} />
                </ActionIcon>
              )}
            </li>
          ))}
        </ul>
        {found.length === 0 && all.length > 0 && (
          <Text size="sm" c="dimmed">
            Nobody here is called “{find}”.
          </Text>
        )}
        {pages > 1 && (
          <Pagination
            size="sm"
            total={pages}
            value={Math.min(at, pages)}
            onChange={setAt}
            getItemProps={(n) => ({ "aria-label": `Page ${n}` })}
            getControlProps={(c) => ({ "aria-label": `${c} page` })}
          />
        )}
        {!locked && all.length < page.limits.identities && (
          <form onSubmit={add}>
            <Group align="flex-end" gap="xs">
              <TextInput
                label="Identity"
                value={who}
                onChange={(e) => setWho(e.currentTarget.value)}
                error={known ? "There is an override for it already." : undefined}
                maxLength={2000}
                autoComplete="off"
              />
              <Button type="submit" variant="default" disabled={!who.trim() || known}>
                Add an override
              </Button>
            </Group>
          </form>
        )}
      </Stack>
    </Card>
  )
}
