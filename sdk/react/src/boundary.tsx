import { Component, type ReactNode } from "react"
import { type FocusPlace, readFocus, restoreFocus } from "./focus.ts"

/** Settings of {@link Boundary}. */
export interface BoundaryProps {
  readonly on: boolean
  readonly old: ReactNode
  readonly fresh: ReactNode
  /** The element whose field may have the cursor. */
  readonly place: { readonly current: HTMLElement | null }
  onThrow(error: unknown): void
}

interface State {
  readonly failed: boolean
}

/**
 * One side of two. The old side has the same place in the tree whether the flag or an error brought it, so that it is
 * not made twice. An error of the old side goes on to the boundary above, as it would without us.
 */
export class Boundary extends Component<BoundaryProps, State> {
  override state: State = { failed: false }

  static getDerivedStateFromError(): State {
    return { failed: true }
  }

  /** Once the flag is off the failure is history; whether the new side may be tried again is up to the breaker. */
  static getDerivedStateFromProps(props: BoundaryProps, state: State): State | null {
    return state.failed && !props.on ? { failed: false } : null
  }

  override componentDidCatch(error: unknown): void {
    this.props.onThrow(error)
  }

  /** The cursor is looked up in the last moment before the page changes. */
  override getSnapshotBeforeUpdate(props: BoundaryProps, state: State): FocusPlace | null {
    const before = props.on && !state.failed
    const after = this.props.on && !this.state.failed
    return before === after ? null : (readFocus(this.props.place.current) ?? null)
  }

  override componentDidUpdate(_: BoundaryProps, __: State, focus: FocusPlace | null): void {
    if (focus) restoreFocus(this.props.place.current, focus)
  }

  override render(): ReactNode {
    return this.props.on && !this.state.failed ? this.props.fresh : this.props.old
  }
}
