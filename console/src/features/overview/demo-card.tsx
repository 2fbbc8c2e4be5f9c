import { Button } from "@mantine/core"
import { IconBomb, IconExternalLink, IconTool } from "@tabler/icons-react"
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query"
import type { ReactNode } from "react"
import type { Demo, Flag } from "../../lib/api.ts"
import { asProblem, call } from "../../lib/http.ts"
import { flag, invalidate } from "../../lib/queries.ts"
import styles from "./overview.module.css"

/** The values of the fault flag that SiteProof knows. */
const broken = "ncr-form-throws"
const whole = "none"

/** Under belay demo: breaks the new NCR form for everybody who has it, or repairs it. */
export function DemoCard({ demo, env }: { readonly demo: Demo; readonly env: string }): ReactNode {
  const client = useQueryClient()
  const fault = useQuery(flag(env, demo.fault_flag))
  const throwing = fault.data?.enabled === true && fault.data.value === broken
  const set = useMutation({
    mutationFn: (value: string) =>
      call<Flag>(
        "PATCH",
        `/environments/${encodeURIComponent(env)}/flags/${encodeURIComponent(demo.fault_flag)}`,
        {
          enabled: true,
          value,
          reason:
            value === broken ? "Demo: break the new NCR form" : "Demo: repair the new NCR form",
        },
      ),
    onSuccess: (changed) => {
      client.setQueryData(flag(env, demo.fault_flag).queryKey, changed)
      return invalidate(client, env, "flags")
    },
  })
  return (
    <section className={styles.demo} aria-label="Demo">
      <div>
        <h2>
          {throwing ? "The new NCR form throws for everybody who has it" : "This is the demo"}
        </h2>
        <p>
          {throwing
            ? "Watch: Belay finds the component at fault from what visitors meet and takes only that one back, in open pages too."
            : "Made-up visitors use SiteProof over the real protocols. Open it yourself, type half an NCR, then break the new form and watch what Belay does."}
        </p>
      </div>
      <div className={styles.acts}>
        {throwing ? (
          <Button
            color="safe"
            leftSection={<IconTool size={17} />}
            loading={set.isPending}
            onClick={() => set.mutate(whole)}
          >
            Repair it
          </Button>
        ) : (
          <Button
            color="harm"
            leftSection={<IconBomb size={17} />}
            loading={set.isPending}
            onClick={() => set.mutate(broken)}
          >
            Break the new NCR form
          </Button>
        )}
        <Button
          component="a"
          href={demo.app_url}
          target="_blank"
          rel="noreferrer"
          variant="white"
          color="dark.9"
          rightSection={<IconExternalLink size={16} />}
        >
          Open SiteProof
        </Button>
      </div>
      {set.isError && (
        <div className={styles.wrong} role="alert">
          {asProblem(set.error).message}
        </div>
      )}
    </section>
  )
}
