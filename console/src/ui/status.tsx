import {
  IconAlertTriangleFilled,
  IconCircleCheckFilled,
  IconCircleDashed,
  IconClockHour4Filled,
  IconPlayerPlayFilled,
} from "@tabler/icons-react"
import type { ReactNode } from "react"
import styles from "./status.module.css"
import type { Tone } from "./tone.ts"

const icons = {
  safe: IconCircleCheckFilled,
  harm: IconAlertTriangleFilled,
  warn: IconClockHour4Filled,
  live: IconPlayerPlayFilled,
  idle: IconCircleDashed,
} as const

interface StatusProps {
  readonly tone: Tone
  /** Without a ground, for rows that have many. */
  readonly plain?: boolean
  readonly children: ReactNode
}

/** A state as icon and word. */
export function Status({ tone, plain, children }: StatusProps): ReactNode {
  const Icon = icons[tone]
  return (
    <span
      className={styles.status}
      data-plain={plain || undefined}
      style={{
        ["--ground" as string]: `var(--${tone}-ground)`,
        ["--words" as string]: `var(--${tone}-text)`,
      }}
    >
      <Icon size={13} aria-hidden="true" />
      {children}
    </span>
  )
}
