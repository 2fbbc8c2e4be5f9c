import { Component, type ReactNode } from "react"

interface State {
  readonly error: unknown
}

/** The last net: what no guard could catch, such as an old design that cannot be fetched. Nothing typed is lost. */
export class Broken extends Component<{ readonly children: ReactNode }, State> {
  override state: State = { error: undefined }

  static getDerivedStateFromError(error: unknown): State {
    return { error: error ?? new Error("unknown") }
  }

  override render(): ReactNode {
    if (this.state.error === undefined) return this.props.children
    return (
      <main className="sp-broken" role="alert">
        <h1>This screen could not be shown</h1>
        <p>What you typed and saved is kept on this device.</p>
        <button type="button" onClick={() => location.reload()}>
          Try again
        </button>
      </main>
    )
  }
}
