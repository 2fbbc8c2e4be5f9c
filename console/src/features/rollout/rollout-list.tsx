import { Button } from "@mantine/core"
import { IconPlus, IconStairsUp } from "@tabler/icons-react"
import { useQuery } from "@tanstack/react-query"
import { Link } from "@tanstack/react-router"
import type { ReactNode } from "react"
import { rollouts, session } from "../../lib/queries.ts"
import { Card } from "../../ui/card.tsx"
import { Page } from "../../ui/page.tsx"
import { Empty, Loaded } from "../../ui/states.tsx"
import { RolloutCard } from "./rollout-card.tsx"

/** Every rollout, those at work first. */
export function RolloutList({ env }: { readonly env: string }): ReactNode {
  const query = useQuery(rollouts(env))
  const viewer = useQuery(session()).data?.role === "viewer"
  const plan = viewer ? null : (
    <Button
      leftSection={<IconPlus size={17} />}
      renderRoot={(props) => <Link to="/$env/rollouts/new" params={{ env }} {...props} />}
    >
      Plan a rollout
    </Button>
  )
  return (
    <Page
      title="Rollouts"
      lead="Changes on their way from a few people to everybody."
      actions={plan}
      narrow
    >
      <Loaded query={query} bones={[170, 170, 170]}>
        {(all) =>
          all.length === 0 ? (
            <Card>
              <Empty
                icon={<IconStairsUp size={24} />}
                title="Nothing is being rolled out"
                action={plan}
              >
                A rollout turns a flag on for 5, 25, 50 and then all percent of people, watches what
                happens to them, and takes back what harms.
              </Empty>
            </Card>
          ) : (
            all.map((r) => <RolloutCard key={r.id} rollout={r} env={env} />)
          )
        }
      </Loaded>
    </Page>
  )
}
