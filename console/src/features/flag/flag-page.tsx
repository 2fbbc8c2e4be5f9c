import { Button, Group, Text } from "@mantine/core"
import { notifications } from "@mantine/notifications"
import { IconTrash } from "@tabler/icons-react"
import { useQuery, useQueryClient } from "@tanstack/react-query"
import { useBlocker, useNavigate } from "@tanstack/react-router"
import { type ReactNode, useEffect, useState } from "react"
import type { FlagPage, WholeFlag } from "../../lib/api-flags.ts"
import { call, Waits } from "../../lib/http.ts"
import { invalidate, session } from "../../lib/queries.ts"
import { flagAt, flagPage } from "../../lib/queries-flags.ts"
import { Column, Columns } from "../../ui/columns.tsx"
import { Page } from "../../ui/page.tsx"
import { type Ask, ReasonDialog } from "../../ui/reason-dialog.tsx"
import { Loaded } from "../../ui/states.tsx"
import { Status } from "../../ui/status.tsx"
import { AboutCard } from "./about-card.tsx"
import { AroundCard } from "./around-card.tsx"
import { ChangesTable } from "./changes-table.tsx"
import { ConflictBanner } from "./conflict-banner.tsx"
import { changed, type Draft, draftOf, faultsOf, namesOf, patchOf } from "./draft.ts"
import styles from "./flag-page.module.css"
import { IdentityOverrides } from "./identity-overrides.tsx"
import { SegmentOverrides } from "./segment-overrides.tsx"
import { ValueCard } from "./value-card.tsx"
import { VariantsCard } from "./variants-card.tsx"

interface FlagPageProps {
  readonly env: string
  readonly flagKey: string
  /** Above everything that can be changed: what waits to be changed already. */
  readonly waiting: ReactNode
}

/** Everything of one flag. Changes are gathered and saved together, with a reason. */
export function FlagPageView({ env, flagKey, waiting }: FlagPageProps): ReactNode {
  const query = useQuery(flagPage(env, flagKey))
  const viewer = useQuery(session()).data?.role === "viewer"
  return query.data ? (
    <Loaded query={query} bones={[]}>
      {(page) => (
        <Editor key={page.flag.id} env={env} page={page} locked={viewer} waiting={waiting} />
      )}
    </Loaded>
  ) : (
    <Page title={flagKey} back={{ to: `/${env}/flags`, label: "Flags" }}>
      <Loaded query={query} bones={[180, 260, 200]}>
        {() => null}
      </Loaded>
    </Page>
  )
}

/** What every part of the page needs to show and change the draft. */
export interface Editing {
  readonly flag: WholeFlag
  readonly page: FlagPage
  readonly draft: Draft
  readonly set: (part: Partial<Draft>) => void
  readonly locked: boolean
}

interface EditorProps {
  readonly env: string
  readonly page: FlagPage
  readonly locked: boolean
  readonly waiting: ReactNode
}

function Editor({ env, page, locked, waiting }: EditorProps): ReactNode {
  const client = useQueryClient()
  const go = useNavigate()
  const [base, setBase] = useState(page.flag)
  const [draft, setDraft] = useState(() => draftOf(page.flag))
  const [ask, setAsk] = useState<Ask>()
  const mine = changed(draftOf(base), draft)
  const dirty = mine.length > 0
  const newer = page.flag.version !== base.version
  useEffect(() => {
    if (!newer || dirty) return
    setBase(page.flag)
    setDraft(draftOf(page.flag))
  }, [newer, dirty, page.flag])
  const blocker = useBlocker({
    shouldBlockFn: ({ current, next }) => dirty && current.pathname !== next.pathname,
    enableBeforeUnload: () => dirty,
    withResolver: true,
  })
  const faults = faultsOf(base.type, draft)
  const editing: Editing = {
    flag: base,
    page,
    draft,
    locked,
    set: (part) => setDraft((d) => ({ ...d, ...part })),
  }

  const save = async (reason: string): Promise<void> => {
    try {
      const now = await call<WholeFlag>("PATCH", flagAt(env, base.key), {
        ...patchOf(base, draft),
        reason,
      })
      setBase(now)
      setDraft(draftOf(now))
      notifications.show({ message: `${now.key} is saved. Open pages follow now.`, color: "safe" })
    } catch (error) {
      if (error instanceof Waits) setDraft(draftOf(base)) // the change request keeps it now
      throw error
    } finally {
      await invalidate(client, env, "flags")
    }
  }
  const askSave = (): void =>
    setAsk({
      title: `Save ${base.key}?`,
      says: "All of it is saved together. Open pages follow within seconds.",
      confirm: "Save",
      act: save,
    })
  const askDelete = (): void =>
    setAsk({
      title: `Delete ${base.key}?`,
      says: <Deletion page={page} />,
      confirm: "Delete the flag",
      danger: true,
      typed: base.key,
      ready: page.deletion.blocked.length === 0,
      act: async (reason) => {
        await call("DELETE", flagAt(env, base.key), { reason })
        setDraft(draftOf(base))
        notifications.show({ message: `${base.key} was deleted.`, color: "safe" })
        await go({ to: "/$env/flags", params: { env } })
        await client.invalidateQueries({ queryKey: [env, "flags"], exact: true })
      },
    })
  return (
    <Page
      title={base.key}
      mark={<Status tone={draft.enabled ? "safe" : "idle"}>{draft.enabled ? "On" : "Off"}</Status>}
      lead={base.description || "Nobody has written yet what it is for."}
      back={{ to: `/${env}/flags`, label: "Flags" }}
      actions={
        !locked && (
          <Button
            variant="default"
            leftSection={<IconTrash size={16} />}
            onClick={askDelete}
            aria-label={`Delete ${base.key}`}
          >
            Delete
          </Button>
        )
      }
    >
      {newer && dirty && (
        <ConflictBanner
          base={base}
          theirs={page.flag}
          mine={draft}
          take={(next) => {
            setBase(page.flag)
            setDraft(next)
          }}
        />
      )}
      {waiting}
      <Columns aside="third">
        <Column>
          <ValueCard {...editing} />
          {base.type !== "boolean" && <VariantsCard {...editing} />}
          <SegmentOverrides {...editing} />
          <IdentityOverrides {...editing} />
        </Column>
        <Column>
          <AroundCard env={env} page={page} />
          <AboutCard {...editing} />
        </Column>
      </Columns>
      {dirty && (
        <section className={styles.bar} aria-label="Changes that are not saved">
          <div className={styles.grow}>
            <strong>
              {mine.length} {mine.length === 1 ? "change is" : "changes are"} not saved yet:
            </strong>{" "}
            {mine.map((f) => namesOf[f].toLowerCase()).join(", ")}.
            {faults.length > 0 && (
              <Text size="sm" c="harm" role="alert">
                {faults[0]}
              </Text>
            )}
          </div>
          <Button variant="default" onClick={() => setDraft(draftOf(base))}>
            Throw away
          </Button>
          <Button disabled={faults.length > 0 || newer} onClick={askSave}>
            Review and save
          </Button>
        </section>
      )}
      <ReasonDialog ask={ask} close={() => setAsk(undefined)}>
        {dirty && ask && !ask.danger && (
          <ChangesTable type={base.type} before={draftOf(base)} after={draft} />
        )}
      </ReasonDialog>
      {blocker.status === "blocked" && (
        <section className={styles.bar} role="alertdialog" aria-label="Leave this page?">
          <div className={styles.grow}>
            <strong>What you changed is not saved.</strong> Leaving this page throws it away.
          </div>
          <Group gap="xs">
            <Button variant="default" onClick={blocker.reset} data-autofocus>
              Stay
            </Button>
            <Button color="harm" onClick={blocker.proceed}>
              Leave and throw away
            </Button>
          </Group>
        </section>
      )}
    </Page>
  )
}

function Deletion({ page }: { readonly page: FlagPage }): ReactNode {
  const { blocked, effects } = page.deletion
  const lines = blocked.length > 0 ? blocked : effects
  return (
    <>
      {blocked.length > 0 ? "It cannot be deleted now:" : "What it does:"}
      <ul className={styles.plain}>
        {lines.map((line) => (
          <li key={line}>{line}</li>
        ))}
      </ul>
    </>
  )
}
