import type { ReactElement } from "react"
import "./brand.css"

/** SiteProof's mark: a plumb line that has come to rest on a tick. */
export function Brand({ large = false }: { readonly large?: boolean }): ReactElement {
  return (
    <span className="s2-brand" data-large={large || undefined}>
      <svg viewBox="0 0 32 32" aria-hidden="true">
        <rect width="32" height="32" rx="7" className="s2-brand-ground" />
        <path d="M16 4v8" className="s2-brand-line" />
        <path d="M8.5 17.5l5.5 5.8L24 12.5" className="s2-brand-tick" />
      </svg>
      <span>SiteProof</span>
    </span>
  )
}
