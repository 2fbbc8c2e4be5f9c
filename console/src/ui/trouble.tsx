import { Alert, List } from "@mantine/core"
import { IconAlertTriangle } from "@tabler/icons-react"
import type { ReactNode } from "react"
import type { Problem } from "../lib/http.ts"

/** What the server refused and the way out, beside the form it is about. */
export function Trouble({ problem }: { readonly problem: Problem }): ReactNode {
  return (
    <Alert color="harm" role="alert" icon={<IconAlertTriangle size={18} />} title={problem.message}>
      {problem.hint}
      {problem.fields.length > 0 && (
        <List size="sm">
          {problem.fields.map((f) => (
            <List.Item key={f.path}>
              <code>{f.path.replace(/^body\./, "")}</code>: {f.message}
            </List.Item>
          ))}
        </List>
      )}
    </Alert>
  )
}
