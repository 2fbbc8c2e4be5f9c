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
import { Culprits } from "./culprits.tsx"
import { styleOf } from "./guard-details.tsx"
import styles from "./parts.module.css"
import {
  culpritsOf,
  decisionOf,
  guardName,
  harmOf,
  harmShare,
  nearest,
  partWords,
  sayProof,
} from "./readings.ts"
import { Swatch } from "./swatch.tsx"
import { ended, sentence, shareNow } from "./words.ts"

interface PartsCardProps {
  readonly page: RolloutPage
  readonly env: string
  /** Absent where this person may not. */
  readonly rollBack: ((component: string) => void) | undefined
}

/** The components under the master flag as they hang on each other, and how each fares. */
export function PartsCard(props: PartsCardProps): ReactNode {
  const { page } = props
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
      <Branch {...props} parent={undefined} />
    </Card>
  )
}

/** The components that stand directly below another one, or below the flag. */
function Branch(props: PartsCardProps & { readonly parent: string | undefined }): ReactNode {
  const { page, parent, rollBack } = props
  const parts = page.parts.filter((p) => page.parents?.[p.component] === parent)
  if (parts.length === 0) return null
  return (
    <ul className={styles.list}>
      {parts.map((part) => (
        <li key={part.component} className={styles.part}>
          <PartRow
            part={part}
            page={page}
            env={props.env}
            rollBack={part.on && !ended(page) && page.state !== "draft" ? rollBack : undefined}
          />
          <Branch {...props} parent={part.component} />
        </li>
      ))}
    </ul>
  )
}

function PartRow({
  part,
  page,
  env,
  rollBack,
}: PartsCardProps & { readonly part: Part }): ReactNode {
  const words = partWords(page, part)
  const worst = nearest(page.readings.filter((r) => r.scope === part.component))
  const near = worst && harmShare(worst)
  return (
    <div className={styles.row}>
      <div className={styles.head}>
        <Swatch style={styleOf(page, part.component)} />
        <span className={styles.key}>{part.component}</span>
        <Status tone={words.tone}>{words.text}</Status>
      </div>
      {rollBack ? (
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
      {page.started_at && (
        <div className={styles.numbers}>
          <span>
            Seen by <strong>{count(part.exposed)}</strong>
          </span>
          <span
            title={`${count(part.treatment.affected)} of ${count(part.treatment.users)} people`}
          >
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
          {part.on && worst && near !== undefined && near >= 0.1 && (
            <span>
              {guardName(worst.guard, worst.metric)}{" "}
              <strong>{sayProof(near)} of a proof of harm</strong>
            </span>
          )}
          {part.worst_issue && !part.lost && (
            <WorstIssue env={env} title={part.worst_issue} fingerprint={part.worst_fingerprint} />
          )}
        </div>
      )}
      {part.lost && <Loss page={page} part={part} />}
    </div>
  )
}

function WorstIssue({
  env,
  title,
  fingerprint,
}: {
  readonly env: string
  readonly title: string
  readonly fingerprint: string | undefined
}): ReactNode {
  if (!fingerprint) return <span>{title}</span>
  return (
    <Link to="/$env/errors/$fingerprint" params={{ env, fingerprint }}>
      {title}
    </Link>
  )
}

/** Why a component went back, and what the harm was traced to. */
function Loss({ page, part }: { readonly page: RolloutPage; readonly part: Part }): ReactNode {
  if (!part.lost) return null
  const decision = decisionOf(page, part)
  const culprits = decision ? culpritsOf(harmOf(decision), part.component) : []
  return (
    <div className={styles.why}>
      Taken back <When at={part.lost.at} /> by {part.lost.by}: {sentence(part.lost.reason)}
      {culprits.length > 0 && <Culprits of={culprits} />}
    </div>
  )
}
