import { useComputedColorScheme } from "@mantine/core"
import type { ReactNode } from "react"
import type { LineStyle } from "../../ui/chart-lines.ts"
import styles from "./guard.module.css"

/** A piece of a chart's line, to find it by. */
export function Swatch({ style }: { readonly style: LineStyle }): ReactNode {
  const scheme = useComputedColorScheme("light")
  return (
    <svg className={styles.swatch} width="26" height="10" aria-hidden="true">
      <line
        x1="1"
        x2="25"
        y1="5"
        y2="5"
        stroke={style[scheme]}
        strokeWidth={style.width + 0.5}
        strokeDasharray={style.dash.join(" ")}
      />
    </svg>
  )
}
