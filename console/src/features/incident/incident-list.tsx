import { IconShieldCheck } from "@tabler/icons-react"
import { useQuery } from "@tanstack/react-query"
import type { ReactNode } from "react"
import { incidents } from "../../lib/queries.ts"
import { Card } from "../../ui/card.tsx"
import { Page } from "../../ui/page.tsx"
import { Empty, Loaded } from "../../ui/states.tsx"
import { IncidentRows } from "./incident-row.tsx"

/** Every incident, those that need somebody first. */
export function IncidentList({ env }: { readonly env: string }): ReactNode {
  const query = useQuery(incidents(env))
  return (
    <Page
      title="Incidents"
      lead="Belay opens one whenever it takes something back; its evidence is inside."
      narrow
    >
      <Loaded query={query} bones={[240]}>
        {(all) => {
          const open = all.filter((i) => i.status !== "resolved")
          const over = all.filter((i) => i.status === "resolved")
          return (
            <>
              <Card title="Not resolved" note={String(open.length)} flush>
                {open.length === 0 ? (
                  <Empty icon={<IconShieldCheck size={24} />} title="Nothing needs you">
                    When Belay takes something back, it stands here with all that is known.
                  </Empty>
                ) : (
                  <IncidentRows incidents={open} env={env} />
                )}
              </Card>
              {over.length > 0 && (
                <Card title="Resolved" note={String(over.length)} flush>
                  <IncidentRows incidents={over} env={env} />
                </Card>
              )}
            </>
          )
        }}
      </Loaded>
    </Page>
  )
}
