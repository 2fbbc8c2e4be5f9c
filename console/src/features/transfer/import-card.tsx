import { Button, Checkbox, FileInput, Group, Select, Stack } from "@mantine/core"
import { notifications } from "@mantine/notifications"
import { IconFileUpload } from "@tabler/icons-react"
import { useQuery, useQueryClient } from "@tanstack/react-query"
import { type ReactNode, useState } from "react"
import type { SetUpEnvironment } from "../../lib/api-flags.ts"
import type { FileDifferences, FileText } from "../../lib/api-transfer.ts"
import { asProblem, call } from "../../lib/http.ts"
import { invalidate, session } from "../../lib/queries.ts"
import { fileDifferences } from "../../lib/queries-transfer.ts"
import { Card } from "../../ui/card.tsx"
import { type Ask, ReasonDialog } from "../../ui/reason-dialog.tsx"
import { Bones, Empty } from "../../ui/states.tsx"
import { Trouble } from "../../ui/trouble.tsx"
import { DifferenceCard } from "./difference-card.tsx"

interface ImportCardProps {
  readonly env: string
  readonly all: readonly SetUpEnvironment[]
}

interface Chosen {
  /** Tells files apart that have the same name. */
  readonly number: number
  readonly file: File
  readonly text: string
}

/** Reads a file, shows what it would change, and then changes it. */
export function ImportCard({ env, all }: ImportCardProps): ReactNode {
  const [chosen, setChosen] = useState<Chosen>()
  const [into, setInto] = useState<string | null>(null)
  const [prune, setPrune] = useState(false)
  const [adopt, setAdopt] = useState(false)
  const choose = async (file: File | null): Promise<void> => {
    setAdopt(false)
    setChosen(file ? { number: Date.now(), file, text: await file.text() } : undefined)
  }
  const nameOf = (key: string): string => all.find((e) => e.key === key)?.name ?? key
  return (
    <>
      <Card title="Import">
        <Stack gap="sm">
          <FileInput
            label="File"
            description="Belay’s own (YAML or JSON), or Flagsmith’s environment document or export of features. Nothing changes before you have seen what would."
            placeholder="Choose a file"
            accept=".yaml,.yml,.json"
            leftSection={<IconFileUpload size={17} />}
            value={chosen?.file ?? null}
            clearable
            clearButtonProps={{ "aria-label": "Choose no file" }}
            onChange={(file) => void choose(file)}
          />
          <Select
            label="Goes to"
            description={`A file that names no environment goes to ${nameOf(env)}.`}
            value={into ?? ""}
            allowDeselect={false}
            data={[
              { value: "", label: "the environment it names" },
              ...all.map((e) => ({ value: e.key, label: e.name })),
            ]}
            maw={320}
            onChange={(key) => setInto(key || null)}
          />
          <Checkbox
            label="Remove what the file does not have"
            checked={prune}
            onChange={(e) => setPrune(e.currentTarget.checked)}
          />
        </Stack>
      </Card>
      {chosen ? (
        <Preview
          key={chosen.number}
          env={env}
          number={chosen.number}
          nameOf={nameOf}
          adopt={setAdopt}
          text={{
            name: chosen.file.name,
            text: chosen.text,
            ...(into && { environment: into }),
            otherwise: env,
            prune,
            adopt_key: adopt,
          }}
        />
      ) : (
        <Card>
          <Empty small icon={<IconFileUpload size={24} />} title="No file chosen">
            What it would change shows here, flag by flag.
          </Empty>
        </Card>
      )}
    </>
  )
}

interface PreviewProps {
  readonly env: string
  readonly number: number
  readonly text: FileText
  readonly adopt: (wanted: boolean) => void
  readonly nameOf: (environment: string) => string
}

function Preview({ env, number, text, adopt, nameOf }: PreviewProps): ReactNode {
  const client = useQueryClient()
  const query = useQuery(fileDifferences(env, number, text))
  const role = useQuery(session()).data?.role
  const [ask, setAsk] = useState<Ask>()
  if (query.isError) return <Trouble problem={asProblem(query.error)} />
  if (!query.data) return <Bones heights={[160]} />
  const { differs, differences } = query.data
  const key = differences.find((d) => d.can_adopt)?.file_key
  const apply = async (reason: string): Promise<void> => {
    const revisions = Object.fromEntries(differences.map((d) => [d.environment, d.revision]))
    try {
      await call<FileDifferences>("POST", "/files/apply", { ...text, reason, revisions })
      notifications.show({
        message: `${text.name} is applied. Open pages follow now.`,
        color: "safe",
      })
    } finally {
      await Promise.all([invalidate(client, env, "flags"), invalidate(client, env, "environments")])
    }
  }
  const askApply = (): void =>
    setAsk({
      title: `Apply ${text.name}?`,
      says: `${say(differences)} All of it is one commit. Open pages follow within seconds.`,
      confirm: "Apply the file",
      danger: differences.some((d) => d.items.some((i) => i.verb === "remove")),
      act: apply,
    })
  return (
    <>
      {key && role === "admin" && (
        <Card title="Client key">
          <Checkbox
            label={
              <>
                Adopt its client key <code>{key}</code>
              </>
            }
            description="Apps that have it go on with it: they need no new key, only the new address."
            checked={text.adopt_key}
            onChange={(e) => adopt(e.currentTarget.checked)}
          />
        </Card>
      )}
      {differences.map((d) => (
        <DifferenceCard key={d.environment} difference={d} name={nameOf(d.environment)} />
      ))}
      {role !== "viewer" && (
        <Group justify="flex-end">
          <Button disabled={!differs || query.isPlaceholderData} onClick={askApply}>
            Apply the file
          </Button>
        </Group>
      )}
      <ReasonDialog ask={ask} close={() => setAsk(undefined)} />
    </>
  )
}

function say(differences: FileDifferences["differences"]): string {
  const items = differences.flatMap((d) => d.items)
  const count = (verb: string): number => items.filter((i) => i.verb === verb).length
  return `${count("add")} to add, ${count("change")} to change, ${count("remove")} to remove.`
}
