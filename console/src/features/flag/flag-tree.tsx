import { Button, Switch, TextInput } from "@mantine/core"
import { useHotkeys } from "@mantine/hooks"
import { IconLeaf, IconPlus, IconSearch, IconToggleRight } from "@tabler/icons-react"
import { useQuery } from "@tanstack/react-query"
import { Link } from "@tanstack/react-router"
import { type ReactNode, useRef, useState } from "react"
import type { FlagNode } from "../../lib/api.ts"
import { flags, session } from "../../lib/queries.ts"
import { Card } from "../../ui/card.tsx"
import { Page } from "../../ui/page.tsx"
import { type Ask, ReasonDialog } from "../../ui/reason-dialog.tsx"
import { Empty, Loaded } from "../../ui/states.tsx"
import { Status } from "../../ui/status.tsx"
import { When } from "../../ui/when.tsx"
import { useChange } from "./change.ts"
import styles from "./flag-tree.module.css"
import { NewFlagDialog } from "./new-flag-dialog.tsx"
import { ValueDialog } from "./value-dialog.tsx"
import { matching, whyOf } from "./why.ts"

interface FlagTreeProps {
  readonly env: string
  readonly find: string
  readonly setFind: (text: string) => void
}

/** Every flag under its parent, with a switch, and why people get what they get. */
export function FlagTree({ env, find, setFind }: FlagTreeProps): ReactNode {
  const query = useQuery(flags(env))
  const viewer = useQuery(session()).data?.role === "viewer"
  const search = useRef<HTMLInputElement>(null)
  const [ask, setAsk] = useState<Ask>()
  const [edit, setEdit] = useState<FlagNode>()
  const [making, setMaking] = useState(false)
  const change = useChange(env)
  useHotkeys([["/", () => search.current?.focus()]])

  const askSwitch = (flag: FlagNode): void => {
    const turn = flag.enabled ? "off" : "on"
    setAsk({
      title: `Turn ${flag.key} ${turn}?`,
      says: saySwitch(flag),
      confirm: `Turn ${turn}`,
      danger: flag.enabled,
      reasons: flag.enabled
        ? ["People report errors", "Not needed for now"]
        : ["Repaired and checked", "Ready, as planned"],
      act: (reason) => change(flag.key, { enabled: !flag.enabled, reason }),
    })
  }
  const add = !viewer && (
    <Button leftSection={<IconPlus size={17} />} onClick={() => setMaking(true)}>
      New flag
    </Button>
  )
  return (
    <Page
      title="Flags"
      lead="What is on, for whom, and why. A child is on only where its parent is."
      actions={
        <>
          <Button
            variant="default"
            leftSection={<IconLeaf size={17} />}
            renderRoot={(props) => <Link to="/$env/stale" params={{ env }} {...props} />}
          >
            Stale flags
          </Button>
          {add}
        </>
      }
    >
      <TextInput
        ref={search}
        aria-label="Find a flag"
        placeholder="Find by key, description or tag (press /)"
        leftSection={<IconSearch size={16} />}
        value={find}
        onChange={(e) => setFind(e.currentTarget.value)}
        maw={420}
      />
      <Loaded query={query} bones={[380]}>
        {(tree) => {
          const shown = matching(tree, find)
          return (
            <Card flush>
              {tree.length === 0 && (
                <Empty icon={<IconToggleRight size={24} />} title="No flags yet" action={add}>
                  Make a master flag for the migration and one child for each component.
                </Empty>
              )}
              {tree.length > 0 && shown.length === 0 && (
                <Empty icon={<IconSearch size={24} />} title="No flag matches">
                  Nothing has “{find}” in its key, description or tags.
                </Empty>
              )}
              <Branch
                nodes={shown}
                parents={[]}
                env={env}
                locked={viewer}
                askSwitch={askSwitch}
                edit={setEdit}
              />
            </Card>
          )
        }}
      </Loaded>
      <ReasonDialog ask={ask} close={() => setAsk(undefined)} />
      <ValueDialog flag={edit} close={() => setEdit(undefined)} change={change} />
      <NewFlagDialog
        env={env}
        opened={making}
        close={() => setMaking(false)}
        parents={(query.data ?? []).filter((f) => f.type === "boolean").map((f) => f.key)}
      />
    </Page>
  )
}

function saySwitch(flag: FlagNode): string {
  const open = "Open pages follow within seconds."
  const held = flag.rollout
    ? " A rollout holds this flag; the journal will show that you stepped in."
    : ""
  if (!flag.enabled) {
    return `People get it wherever its parent and its share allow. ${open}${held}`
  }
  const below = flag.children.length > 0 ? " and for everything below it" : ""
  return `It is off for everybody${below}. ${open}${held}`
}

interface BranchProps {
  readonly nodes: readonly FlagNode[]
  /** The nearest first. */
  readonly parents: readonly FlagNode[]
  readonly env: string
  readonly locked: boolean
  readonly askSwitch: (flag: FlagNode) => void
  readonly edit: (flag: FlagNode) => void
}

function Branch(props: BranchProps): ReactNode {
  return (
    <ul className={styles.list}>
      {props.nodes.map((flag) => (
        <li key={flag.key}>
          <Row {...props} flag={flag} />
          {flag.children.length > 0 && (
            <Branch {...props} nodes={flag.children} parents={[flag, ...props.parents]} />
          )}
        </li>
      ))}
    </ul>
  )
}

function Row({
  flag,
  parents,
  env,
  locked,
  askSwitch,
  edit,
}: BranchProps & { readonly flag: FlagNode }): ReactNode {
  const why = whyOf(flag, parents)
  const overrides = flag.segments.length + flag.identities.length
  return (
    <div className={styles.row} style={{ ["--depth" as string]: parents.length }}>
      <div className={styles.main} data-child={parents.length > 0 || undefined}>
        <div className={styles.top}>
          <Link to="/$env/flags/$key" params={{ env, key: flag.key }} className={styles.key}>
            {flag.key}
          </Link>
          <Status tone={why.tone}>{why.text}</Status>
        </div>
        {flag.description && <div className={styles.text}>{flag.description}</div>}
        <div className={styles.why}>
          {why.because && <span>{why.because}</span>}
          {flag.rollout && (
            <Link to="/$env/rollouts/$id" params={{ env, id: flag.rollout }}>
              Rollout
            </Link>
          )}
          {overrides > 0 && <span>{overrides} exceptions</span>}
          <span>
            changed <When at={flag.updated_at} />
          </span>
          <Link to="/$env/audit" params={{ env }} search={{ subject: flag.key }}>
            History
          </Link>
          <Link to="/$env/why" params={{ env }} search={{ flag: flag.key }}>
            Why?
          </Link>
        </div>
      </div>
      <div className={styles.value}>
        {flag.type !== "boolean" && (
          <button
            type="button"
            className={styles.code}
            disabled={locked}
            title={`Change the ${flag.type}`}
            onClick={() => edit(flag)}
          >
            {flag.value === undefined ? "no value" : JSON.stringify(flag.value)}
          </button>
        )}
      </div>
      <Switch
        checked={flag.enabled}
        disabled={locked}
        aria-label={`${flag.key} is ${flag.enabled ? "on" : "off"}`}
        color="safe"
        onChange={() => askSwitch(flag)}
      />
    </div>
  )
}
