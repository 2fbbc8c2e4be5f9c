import {
  Alert,
  Button,
  Checkbox,
  Group,
  SegmentedControl,
  Select,
  Stack,
  Text,
} from "@mantine/core"
import { IconDownload, IconInfoCircle } from "@tabler/icons-react"
import { useMutation, useQuery } from "@tanstack/react-query"
import { type ReactNode, useState } from "react"
import type { SetUpEnvironment } from "../../lib/api-flags.ts"
import type { WrittenFile } from "../../lib/api-transfer.ts"
import { download } from "../../lib/download.ts"
import { asProblem, call } from "../../lib/http.ts"
import { flagsmithDocument } from "../../lib/queries-transfer.ts"
import { Card } from "../../ui/card.tsx"
import { Bones } from "../../ui/states.tsx"
import { Trouble } from "../../ui/trouble.tsx"
import styles from "./transfer.module.css"

interface ExportCardProps {
  readonly env: string
  readonly all: readonly SetUpEnvironment[]
}

/** Writes environments as a file. */
export function ExportCard({ env, all }: ExportCardProps): ReactNode {
  const [format, setFormat] = useState("yaml")
  return (
    <Card title="Export">
      <Stack gap="sm">
        <SegmentedControl
          aria-label="Format of the file"
          value={format}
          onChange={setFormat}
          data={[
            { value: "yaml", label: "YAML" },
            { value: "json", label: "JSON" },
            { value: "flagsmith", label: "Flagsmith" },
          ]}
          style={{ alignSelf: "flex-start" }}
        />
        {format === "flagsmith" ? (
          <Foreign env={env} all={all} />
        ) : (
          <Own env={env} all={all} format={format} />
        )}
      </Stack>
    </Card>
  )
}

/** Belay's own file, of several environments. */
function Own({ env, all, format }: ExportCardProps & { readonly format: string }): ReactNode {
  const [picked, setPicked] = useState<string[]>([env])
  const write = useMutation({
    mutationFn: () => {
      const query = new URLSearchParams({ environments: picked.join(","), format })
      return call<WrittenFile>("GET", `/files?${query}`)
    },
    onSuccess: ({ name, text }) => download(name, text),
  })
  return (
    <>
      <Text size="sm" c="dimmed">
        Belay’s own file: everything about flags and segments but the shares of rollouts. One that
        is exported and imported again changes nothing.
      </Text>
      <Checkbox.Group label="Environments" value={picked} onChange={setPicked}>
        <Group gap="md" mt={6}>
          {all.map((e) => (
            <Checkbox key={e.key} value={e.key} label={e.name} />
          ))}
        </Group>
      </Checkbox.Group>
      {write.isError && <Trouble problem={asProblem(write.error)} />}
      <Write off={picked.length === 0} busy={write.isPending} act={() => write.mutate()} />
    </>
  )
}

/** Flagsmith's environment document, with what it does not hold said before it is downloaded. */
function Foreign({ env, all }: ExportCardProps): ReactNode {
  const [picked, setPicked] = useState(env)
  const query = useQuery(flagsmithDocument(picked))
  const notes = query.data?.notes ?? []
  return (
    <>
      <Text size="sm" c="dimmed">
        Flagsmith’s environment document: what its server clients evaluate by themselves, also
        offline, and what another Belay imports. Flagsmith itself does not import it.
      </Text>
      <Select
        label="Environment"
        value={picked}
        allowDeselect={false}
        data={all.map((e) => ({ value: e.key, label: e.name }))}
        maw={320}
        onChange={(key) => setPicked(key ?? env)}
      />
      {query.isError && <Trouble problem={asProblem(query.error)} />}
      {query.isPending && <Bones heights={[60]} />}
      {notes.length > 0 && (
        <Alert
          color="warn"
          icon={<IconInfoCircle size={18} />}
          title="What is not in it as it is here"
        >
          <ul className={styles.notes}>
            {notes.map((note) => (
              <li key={note}>{note}</li>
            ))}
          </ul>
        </Alert>
      )}
      <Write
        off={!query.data}
        busy={false}
        act={() => query.data && download(query.data.name, query.data.text)}
      />
    </>
  )
}

interface WriteProps {
  readonly off: boolean
  readonly busy: boolean
  readonly act: () => void
}

function Write({ off, busy, act }: WriteProps): ReactNode {
  return (
    <Button
      leftSection={<IconDownload size={17} />}
      disabled={off}
      loading={busy}
      onClick={act}
      style={{ alignSelf: "flex-start" }}
    >
      Download the file
    </Button>
  )
}
