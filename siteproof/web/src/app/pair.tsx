import { Guard, useReady } from "@belay/react"
import { type ComponentType, type ReactElement, use } from "react"

/** A screen in both designs, and the flag that says which one is shown. */
export interface Pair<P extends object> {
  readonly flag: string
  /** Name in reports. */
  readonly component: string
  /** Loads both designs; the same promise until one could not be loaded. */
  load(): Promise<Sides<P>>
}

interface Sides<P extends object> {
  readonly Old: ComponentType<P>
  readonly New: ComponentType<P>
}

/**
 * Both designs are loaded before either is shown, so that the old one can take over in the same frame, also without a
 * network. A new design that cannot be loaded counts as one that throws.
 */
export function pair<P extends object>(
  flag: string,
  loadOld: () => Promise<ComponentType<P>>,
  loadNew: () => Promise<ComponentType<P>>,
  component: string = flag,
): Pair<P> {
  let loaded: Promise<Sides<P>> | undefined
  const both = async (): Promise<Sides<P>> => {
    const [Old, New] = await Promise.all([loadOld(), loadNew().catch(broken<P>)])
    return { Old, New }
  }
  return {
    flag,
    component,
    load: () => {
      loaded ??= both().catch((error: unknown) => {
        loaded = undefined
        throw error
      })
      return loaded
    },
  }
}

function broken<P extends object>(error: unknown): ComponentType<P> {
  return () => {
    throw error
  }
}

/** Shows the side of a pair that the flag asks for; suspends until both are here. */
export function Show<P extends object>(props: {
  readonly pair: Pair<P>
  readonly with: P
}): ReactElement {
  const { pair } = props
  const { Old, New } = use(pair.load())
  useReady()
  return (
    <Guard
      flag={pair.flag}
      component={pair.component}
      old={<Old {...props.with} />}
      new={<New {...props.with} />}
    />
  )
}
