import { ActionIcon, Tooltip } from "@mantine/core"
import { IconArrowBackUp } from "@tabler/icons-react"
import { Link } from "@tanstack/react-router"
import type { ReactNode } from "react"
import type { Part, RolloutPage } from "../../lib/api.ts"
import { count, percent, share } from "../../lib/number.ts"
import { Card } from "../../ui/card.tsx"
import { Empty } from "../../ui/states.tsx"
import { Status } from "../../ui/status.tsx"
import { When } from "../../ui/when.tsx"
import { styleOf } from "./guard-card.tsx"
import styles from "./parts.module.css"
import { Swatch } from "./swatch.tsx"
import { ended, partWords, shareNow, worstOf } from "./words.ts"

interface PartsCardProps {
  readonly page: RolloutPage
  readonly env: string
  /** Absent where this person may not. */
  readonly rollBack: ((component: string) => void) | undefined
}

/** The components under the master flag, and how each fares. */
export function PartsCard({ page, env, rollBack }: PartsCardProps): ReactNode {
  return (
    <Card
      title="Components"
      note={
        shareNow(page) > 0 && `${page.parts.filter((p) => p.on).length} of ${page.parts.length} on`
      }
      flush
    >
      <div className={styles.root}>
        <span className={styles.key}>{page.flag}</span>
        <span>{percent(shareNow(page))} of people</span>
      </div>
      {page.parts.length === 0 && (
        <Empty icon={null} title="No components" small>
          Everything hangs on the one flag, so it can only go back as a whole.
        </Empty>
      )}
      <ul className={styles.list}>
        {page.parts.map((part) => (
          <PartRow
            key={part.component}
            part={part}
            page={page}
            env={env}
            rollBack={part.on && !ended(page) ? rollBack : undefined}
          />
        ))}
      </ul>
    </Card>
  )
}

function PartRow({
  part,
  page,
  env,
  rollBack,
}: PartsCardProps & { readonly part: Part }): ReactNode {
  const words = partWords(page, part, worstOf(page, part.component))
  return (
    <li className={styles.part}>
      <div className={styles.head}>
        <Swatch style={styleOf(page, part.component)} />
        <span className={styles.key}>{part.component}</span>
        <Status tone={words.tone}>{words.text}</Status>
      </div>
      {rollBack && page.state !== "draft" ? (
        <Tooltip label={`Take ${part.component} back, the rest goes on`}>
          <ActionIcon
            variant="subtle"
            color="gray"
            size={30}
            aria-label={`Roll back ${part.component}`}
            onClick={() => rollBack(part.component)}
          >
            <IconArrowBackUp size={18} />
          </ActionIcon>
        </Tooltip>
      ) : (
        <span />
      )}
      <div className={styles.numbers}>
        <span>
          Seen by <strong>{count(part.exposed)}</strong>
        </span>
        <span title={`${count(part.treatment.affected)} of ${count(part.treatment.users)} people`}>
          Errors new <strong>{share(part.treatment.affected, part.treatment.users)}</strong>
        </span>
        <span title={`${count(part.control.affected)} of ${count(part.control.users)} people`}>
          old <strong>{share(part.control.affected, part.control.users)}</strong>
        </span>
        {part.boundary_hits > 0 && (
          <span>
            Fell back to old for <strong>{count(part.boundary_hits)}</strong>
          </span>
        )}
        {part.worst_issue && (
          <Link to="/$env/errors/$fingerprint" params={{ env, fingerprint: part.worst_issue }}>
            Worst error
          </Link>
        )}
      </div>
      {part.lost && (
        <p className={styles.why}>
          Taken back <When at={part.lost.at} /> by {part.lost.by}: {part.lost.reason}
        </p>
      )}
    </li>
  )
}
