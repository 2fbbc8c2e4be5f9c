import { type ReactNode, useEffect } from "react"
import { Mark } from "../../ui/mark.tsx"
import styles from "./gate.module.css"

interface GateProps {
  readonly title: string
  readonly lead: string
  readonly children: ReactNode
}

/** The page before one is in. */
export function Gate({ title, lead, children }: GateProps): ReactNode {
  useEffect(() => {
    document.title = `${title} · Belay`
  }, [title])
  return (
    <div className={styles.gate}>
      <header className={styles.side}>
        <svg
          className={styles.rope}
          viewBox="0 0 400 800"
          preserveAspectRatio="xMaxYMid slice"
          aria-hidden="true"
        >
          <g fill="none" strokeLinecap="round" strokeWidth="13">
            <path d="M330 -20V210c0 110-190 130-190 300a150 150 0 0 0 300 0" stroke="#1c2842" />
            <path d="M330 820V590c0-90 80-120 80-230a130 130 0 0 0-260 0" stroke="#19233b" />
          </g>
        </svg>
        <div className={styles.brand}>
          <Mark size={36} />
          Belay
        </div>
        <div className={styles.words}>
          <p className={styles.says}>Change the front end while people are working in it.</p>
          <p className={styles.small}>
            Belay turns the new version on for a few, watches what happens to them, and takes it
            back in seconds when it harms, with nothing they typed lost.
          </p>
        </div>
      </header>
      <main className={styles.form}>
        <div className={styles.box}>
          <h1 className={styles.title}>{title}</h1>
          <p className={styles.lead}>{lead}</p>
          {children}
        </div>
      </main>
    </div>
  )
}
