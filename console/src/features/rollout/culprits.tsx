import { Link, useParams } from "@tanstack/react-router"
import type { ReactNode } from "react"
import type { Culprit } from "../../lib/api.ts"
import { count } from "../../lib/number.ts"
import styles from "./culprits.module.css"

const names: Readonly<Record<Culprit["dimension"], string>> = {
  component: "Component",
  fingerprint: "Error",
  browser: "Browser",
  os: "System",
  tier: "Tier",
  release: "Release",
}

/** What a harm is traced to, each with the people it rests on. Each says where to look first; none is proven alone. */
export function Culprits({ of: all }: { readonly of: readonly Culprit[] }): ReactNode {
  const env = useParams({ strict: false }).env
  return (
    <dl className={styles.culprits} aria-label="Traced to">
      {all.map((c) => (
        <div key={`${c.dimension} ${c.value}`}>
          <dt>{names[c.dimension] ?? c.dimension}</dt>
          <dd>
            {c.dimension === "fingerprint" && env ? (
              <Link to="/$env/errors/$fingerprint" params={{ env, fingerprint: c.value }}>
                {c.title ?? c.value}
              </Link>
            ) : (
              <strong>{c.title ?? c.value}</strong>
            )}
            <span>
              {count(c.treatment)} new, {count(c.control)} old
            </span>
          </dd>
        </div>
      ))}
    </dl>
  )
}
