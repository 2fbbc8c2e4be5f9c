import { Alert, List } from "@mantine/core"
import { IconAlertTriangle, IconClockHour4 } from "@tabler/icons-react"
import { Link } from "@tanstack/react-router"
import type { ReactNode } from "react"
import { type Problem, Waits } from "../lib/http.ts"

/** What the server refused and the way out, beside the form it is about. */
export function Trouble({ problem }: { readonly problem: Problem }): ReactNode {
  if (problem instanceof Waits) return <NotYet waits={problem} />
  const more = problem.fields.filter((f) => `${f.path}: ${f.message}` !== problem.message)
  return (
    <Alert color="harm" role="alert" icon={<IconAlertTriangle size={18} />} title={problem.message}>
      {problem.hint}
      {more.length > 0 && (
        <List size="sm">
          {more.map((f) => (
            <List.Item key={f.path}>
              <code>{f.path.replace(/^body\./, "")}</code>: {f.message}
            </List.Item>
          ))}
        </List>
      )}
    </Alert>
  )
}

/** The change became a request: nothing went wrong, but nothing has changed either. */
function NotYet({ waits }: { readonly waits: Waits }): ReactNode {
  const env = window.location.pathname.split("/")[1] ?? ""
  return (
    <Alert color="warn" role="alert" icon={<IconClockHour4 size={18} />} title="Not made yet">
      <p>{waits.message.replace(/^not made yet: /, "")}</p>
      <Link to="/$env/changes/$id" params={{ env, id: waits.request }}>
        See the change request
      </Link>
    </Alert>
  )
}
