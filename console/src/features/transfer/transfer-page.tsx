import { useQuery } from "@tanstack/react-query"
import type { ReactNode } from "react"
import { setUpEnvironments } from "../../lib/queries-flags.ts"
import { Page } from "../../ui/page.tsx"
import { Loaded } from "../../ui/states.tsx"
import { ExportCard } from "./export-card.tsx"
import { ImportCard } from "./import-card.tsx"

/** Flags and segments as files: out of environments, and into them. */
export function TransferPage({ env }: { readonly env: string }): ReactNode {
  const query = useQuery(setUpEnvironments())
  return (
    <Page
      title="Import & export"
      lead="Flags and segments as a file: to keep beside the code, to move between Belays, or to bring them over from Flagsmith."
      narrow
    >
      <Loaded query={query} bones={[190, 220]}>
        {(all) => (
          <>
            <ExportCard env={env} all={all} />
            <ImportCard env={env} all={all} />
          </>
        )}
      </Loaded>
    </Page>
  )
}
