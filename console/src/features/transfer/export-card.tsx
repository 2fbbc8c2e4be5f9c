import { Button, Checkbox, Group, SegmentedControl, Stack, Text } from "@mantine/core"
import { IconDownload } from "@tabler/icons-react"
import { useMutation } from "@tanstack/react-query"
import { type ReactNode, useState } from "react"
import type { SetUpEnvironment } from "../../lib/api-flags.ts"
import type { WrittenFile } from "../../lib/api-transfer.ts"
import { download } from "../../lib/download.ts"
import { asProblem, call } from "../../lib/http.ts"
import { Card } from "../../ui/card.tsx"
import { Trouble } from "../../ui/trouble.tsx"

interface ExportCardProps {
  readonly env: string
  readonly all: readonly SetUpEnvironment[]
}

/** Writes environments as one file of Belay's own. */
export function ExportCard({ env, all }: ExportCardProps): ReactNode {
  const [picked, setPicked] = useState<string[]>([env])
  const [format, setFormat] = useState("yaml")
  const write = useMutation({
    mutationFn: () => {
      const query = new URLSearchParams({ environments: picked.join(","), format })
      return call<WrittenFile>("GET", `/files?${query}`)
    },
    onSuccess: ({ name, text }) => download(name, text),
  })
  return (
    <Card title="Export">
      <Stack gap="sm">
        <Text size="sm" c="dimmed">
          Everything about flags and segments but the shares of rollouts. A file that is exported
          and imported again changes nothing.
        </Text>
        <Checkbox.Group label="Environments" value={picked} onChange={setPicked}>
          <Group gap="md" mt={6}>
            {all.map((e) => (
              <Checkbox key={e.key} value={e.key} label={e.name} />
            ))}
          </Group>
        </Checkbox.Group>
        {write.isError && <Trouble problem={asProblem(write.error)} />}
        <Group gap="sm">
          <SegmentedControl
            aria-label="Format of the file"
            value={format}
            onChange={setFormat}
            data={[
              { value: "yaml", label: "YAML" },
              { value: "json", label: "JSON" },
            ]}
          />
          <Button
            leftSection={<IconDownload size={17} />}
            disabled={picked.length === 0}
            loading={write.isPending}
            onClick={() => write.mutate()}
          >
            Download the file
          </Button>
        </Group>
      </Stack>
    </Card>
  )
}
