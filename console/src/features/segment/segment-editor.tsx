import { Alert, Button, Textarea, TextInput } from "@mantine/core"
import { useQuery } from "@tanstack/react-query"
import { Link, useBlocker } from "@tanstack/react-router"
import { type ReactNode, useMemo, useRef, useState } from "react"
import type { FlagNode } from "../../lib/api.ts"
import type { Finding, Segment } from "../../lib/api-segments.ts"
import { asProblem, type Problem } from "../../lib/http.ts"
import { flags, session } from "../../lib/queries.ts"
import { properties } from "../../lib/queries-segments.ts"
import { Card } from "../../ui/card.tsx"
import { Column, Columns } from "../../ui/columns.tsx"
import { Page } from "../../ui/page.tsx"
import { type Ask, ReasonDialog } from "../../ui/reason-dialog.tsx"
import { Trouble } from "../../ui/trouble.tsx"
import { useActs } from "./acts.ts"
import { GroupEditor } from "./group-editor.tsx"
import { PreviewCard, usePreview } from "./preview-card.tsx"
import { changeGroup, newRules, removeGroup, toDraft, toRules, unfinished } from "./rules.ts"
import styles from "./segment.module.css"

interface SegmentEditorProps {
  readonly env: string
  /** The segment as it is kept; undefined makes a new one. */
  readonly segment: Segment | undefined
}

/** Writes one segment, and shows while one does who is in and what clients make of it. */
export function SegmentEditor({ env, segment }: SegmentEditorProps): ReactNode {
  const locked = useQuery(session()).data?.role === "viewer"
  const traits = useQuery(properties(env)).data ?? []
  const flagKeys = keysOf(useQuery(flags(env)).data ?? [])
  const [begin] = useState(() => (segment ? toDraft(segment.rules) : newRules()))
  const [key, setKey] = useState(segment?.key ?? "")
  const [description, setDescription] = useState(segment?.description ?? "")
  const [rules, setRules] = useState(begin)
  const [fresh, setFresh] = useState(0)
  const [ask, setAsk] = useState<Ask>()
  const [refused, setRefused] = useState<Problem>()
  const [usersShown, showUsers] = useState(false)
  const done = useRef(false)

  const dirty = rules !== begin || description !== (segment?.description ?? "")
  useBlocker({
    shouldBlockFn: () =>
      dirty && !done.current && !window.confirm("Leave without saving what you changed?"),
    enableBeforeUnload: () => dirty && !done.current,
  })
  const found = usePreview(env, segment?.key ?? "", rules)
  const missing = unfinished(rules)
  const faults = useMemo(
    () => faultsOf(refused ?? (found.isError ? asProblem(found.error) : undefined)),
    [refused, found.isError, found.error],
  )
  const findings = found.data?.findings ?? []
  const edit = (next: typeof rules): void => {
    setRefused(undefined)
    setRules(next)
  }

  const acts = useActs(env, segment, done, setAsk)
  const draft = { key: key.trim(), description: description.trim(), rules: toRules(rules) }
  const save = (): void => acts.save(draft, setRefused)
  const remove = (): void => {
    if (segment && segment.users.length > 0) showUsers(true)
    else acts.remove()
  }

  return (
    <Page
      {...titles(segment)}
      back={{ to: `/${env}/segments`, label: "Segments" }}
      actions={
        !locked && (
          <>
            {segment && (
              <Button variant="default" onClick={remove}>
                Delete
              </Button>
            )}
            <Button onClick={save} disabled={missing > 0 || draft.key === "" || !dirty}>
              {segment ? "Save" : "Make the segment"}
            </Button>
          </>
        )
      }
    >
      {usersShown && segment && (
        <InUse env={env} segment={segment} close={() => showUsers(false)} />
      )}
      {refused && refused.fields.length === 0 && <Trouble problem={refused} />}
      <Columns>
        <Column>
          <About
            named={segment !== undefined}
            name={key}
            description={description}
            locked={locked}
            faults={faults}
            setName={(text) => {
              setRefused(undefined)
              setKey(text)
            }}
            setDescription={setDescription}
          />
          <Card title="Rules">
            <div className={styles.rules}>
              {faults.get("rules") && <p className={styles.fault}>{faults.get("rules")}</p>}
              {rules.map((group, i) => (
                <GroupEditor
                  key={group.id}
                  group={group}
                  place=""
                  path={`rules[${i}]`}
                  depth={0}
                  words={{ traits, flags: flagKeys }}
                  faults={faults}
                  findings={findings}
                  locked={locked}
                  fresh={fresh}
                  change={(id, change) => edit(changeGroup(rules, id, change))}
                  remove={(id) => edit(removeGroup(rules, id))}
                  added={setFresh}
                />
              ))}
            </div>
          </Card>
        </Column>
        <Column>
          <PreviewCard env={env} query={found} missing={missing} />
          <Aside env={env} segment={segment} findings={findings} />
        </Column>
      </Columns>
      <ReasonDialog ask={ask} close={() => setAsk(undefined)} />
    </Page>
  )
}

const titles = (
  segment: Segment | undefined,
): { readonly title: string; readonly lead: string } => ({
  title: segment?.key ?? "New segment",
  lead: segment?.description || "People who have something in common, by what is known of them.",
})

interface AboutProps {
  /** It is kept under its key already, which never changes. */
  readonly named: boolean
  readonly name: string
  readonly description: string
  readonly locked: boolean
  readonly faults: ReadonlyMap<string, string>
  readonly setName: (text: string) => void
  readonly setDescription: (text: string) => void
}

function About(props: AboutProps): ReactNode {
  return (
    <Card title="About">
      <div className={styles.about}>
        {!props.named && (
          <TextInput
            label="Key"
            description="Small letters, digits, dots, dashes; flags name it by this."
            value={props.name}
            maxLength={150}
            error={props.faults.get("key")}
            autoComplete="off"
            spellCheck={false}
            autoFocus
            required
            onChange={(e) => props.setName(e.currentTarget.value)}
          />
        )}
        <Textarea
          label="Description"
          value={props.description}
          maxLength={500}
          autosize
          minRows={1}
          maxRows={5}
          disabled={props.locked}
          error={props.faults.get("description")}
          onChange={(e) => props.setDescription(e.currentTarget.value)}
        />
      </div>
    </Card>
  )
}

interface InUseProps {
  readonly env: string
  readonly segment: Segment
  readonly close: () => void
}

/** Why a segment stays, and what to do first. */
function InUse({ env, segment, close }: InUseProps): ReactNode {
  return (
    <Alert
      color="warn"
      role="alert"
      title={`${segment.key} cannot be deleted while flags use it`}
      withCloseButton
      closeButtonLabel="Close"
      onClose={close}
    >
      Take its overrides out of these flags first: <Users env={env} segment={segment} />
    </Alert>
  )
}

interface AsideProps {
  readonly env: string
  readonly segment: Segment | undefined
  readonly findings: readonly Finding[]
}

function Aside({ env, segment, findings }: AsideProps): ReactNode {
  return (
    <>
      {segment && (
        <Card title="Used by">
          {segment.users.length === 0 ? (
            <p className={styles.quiet}>No flag has an override for it yet.</p>
          ) : (
            <Users env={env} segment={segment} />
          )}
        </Card>
      )}
      {findings.length > 0 && (
        <Card title="Clients that evaluate by themselves" note={sayFindings(findings)}>
          <p className={styles.quiet}>
            Belay’s answers are the same for every client that asks it. Only clients with a server
            key that decide locally can differ, at the places marked beside the rules.
          </p>
        </Card>
      )}
    </>
  )
}

function Users({ env, segment }: { readonly env: string; readonly segment: Segment }): ReactNode {
  return (
    <ul className={styles.users}>
      {segment.users.map((u) => (
        <li key={u.flag}>
          <Link to="/$env/flags" params={{ env }} search={{ find: u.flag }}>
            {u.flag}
          </Link>{" "}
          <span className={styles.quiet}>
            {u.enabled ? "on" : "off"} for them, priority {u.priority}
          </span>
        </li>
      ))}
    </ul>
  )
}

function sayFindings(findings: readonly Finding[]): string {
  const now = findings.filter((f) => !f.old).length
  const old = findings.length - now
  const parts = [
    now > 0 ? `${now} ${now === 1 ? "place" : "places"} differ` : "",
    old > 0 ? `${old} in old clients only` : "",
  ]
  return parts.filter(Boolean).join(", ")
}

/** Messages by the path of their field, as the server names it without the body in front. */
function faultsOf(problem: Problem | undefined): ReadonlyMap<string, string> {
  return new Map(problem?.fields.map((f) => [f.path.replace(/^body\./, ""), f.message]))
}

const keysOf = (tree: readonly FlagNode[]): readonly string[] =>
  tree.flatMap((f) => [f.key, ...keysOf(f.children)])
