import type { ReactNode } from "react"

/** Belay's mark: two ropes tied into one another, so that neither can run. */
export function Mark({ size = 28 }: { readonly size?: number }): ReactNode {
  return (
    <svg width={size} height={size} viewBox="0 0 32 32" aria-hidden="true">
      <g fill="none" strokeLinecap="round" strokeWidth="3.4">
        <path d="M16 3v6c0 3.4-7 4.4-7 10a7 7 0 0 0 14 0" stroke="var(--rope)" />
        <path d="M16 29v-6c0-3.4 7-4.4 7-10a7 7 0 0 0-14 0" stroke="currentColor" />
        <path d="M16 3v6c0 1.2-.9 2.1-2 3" stroke="var(--rope)" />
      </g>
    </svg>
  )
}
