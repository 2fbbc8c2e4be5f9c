import { type Belay, componentAttribute } from "@belay/browser"
import {
  Profiler,
  type ReactElement,
  type ReactNode,
  type RefObject,
  Suspense,
  useCallback,
  useDeferredValue,
  useEffect,
  useRef,
} from "react"
import { Boundary } from "./boundary.tsx"
import { useBelayContext } from "./context.ts"
import { useFlag } from "./flags.ts"
import { useBringBack, usePrepared } from "./prepared.ts"
import type { GuardProps } from "./types.ts"

/**
 * Shows the new side while its flag is on, the old one otherwise. When the new side throws, the old one takes its place
 * in the same frame, the error is reported and the breaker keeps this browser on the old side for this release. Both
 * sides share what was typed through `useDraft`; the cursor goes to the field of the same name.
 *
 * A first new exposure waits for the backup of `data`; without a backup the old side stays. A new side that is loaded
 * lazily appears when it is there, with the old one on the screen until then.
 *
 * @example
 * ```tsx
 * <Guard flag="ncr-form" old={<OldNcrForm />} new={<NewNcrForm />} />
 * ```
 */
export function Guard({ flag, component = flag, old, new: fresh }: GuardProps): ReactElement {
  const { client, data } = useBelayContext()
  const wanted = useFlag(flag, false)
  const prepared = usePrepared(data, flag, wanted)
  useBringBack(client, data, flag, !wanted)

  const allowed = wanted && prepared === "ready"
  // Back at once. Forward at leisure where the old side would have to go; where nothing was shown yet, at once as well,
  // so that nobody sees the old side flash by, or is counted as having seen it.
  const shown = useRef<"on" | "off">(undefined)
  const deferred = useDeferredValue(allowed)
  const on = allowed && (deferred || shown.current !== "off")
  const place = useRef<HTMLDivElement>(null)
  const onThrow = useCallback(
    (error: unknown) => {
      client.captureError(error, { component, source: "boundary", handled: true })
      // Without a network a part of the page that cannot be fetched says nothing about the release.
      if (navigator.onLine || !isMissingPart(error)) client.trip(flag, String(error))
    },
    [client, component, flag],
  )
  const side = (variant: "on" | "off", children: ReactNode): ReactElement => (
    <Shown
      key={variant}
      client={client}
      flag={flag}
      component={component}
      variant={variant}
      shown={shown}
    >
      {children}
    </Shown>
  )
  return (
    <div ref={place} style={contents} {...{ [componentAttribute]: component }}>
      <Suspense fallback={side("off", old)}>
        <Boundary
          on={on}
          place={place}
          old={wanted && prepared === "waiting" ? null : side("off", old)}
          fresh={side("on", fresh)}
          onThrow={onThrow}
        />
      </Suspense>
    </div>
  )
}

/** The element is there to be found, not to be seen: it takes no part in the layout. */
const contents = { display: "contents" } as const

interface ShownProps {
  readonly client: Belay
  readonly flag: string
  readonly component: string
  readonly variant: "on" | "off"
  /** Takes note of which side is on the screen. */
  readonly shown: RefObject<"on" | "off" | undefined>
  readonly children: ReactNode
}

/** Records the exposure once a side is really on the screen, and how long it took to render. */
function Shown({ client, flag, component, variant, shown, children }: ShownProps): ReactElement {
  const took = useRef(0)
  const onRender = useCallback((_: string, phase: string, ms: number) => {
    if (phase === "mount") took.current += ms
  }, [])
  const started = useRef(performance.now())
  useEffect(() => {
    shown.current = variant
    client.exposure(flag, component, variant)
    // Production builds of React call no profiler; then the time from the first call to the screen is the measure.
    client.render(component, took.current || performance.now() - started.current, variant)
  }, [client, flag, component, variant, shown])
  return (
    <Profiler id={component} onRender={onRender}>
      {children}
    </Profiler>
  )
}

function isMissingPart(error: unknown): boolean {
  return (
    error instanceof Error && /dynamically imported module|chunk|module script/i.test(error.message)
  )
}
