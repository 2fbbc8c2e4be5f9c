import { type ReactElement, useSyncExternalStore } from "react"
import "./toast.css"
import { IconButton } from "./button.tsx"
import { Icon, type IconName } from "./icon.tsx"
import type { Tone } from "./status.tsx"

interface Message {
  readonly id: number
  readonly text: string
  readonly tone: Tone
}

/** Long enough to read two lines; the message can also be dismissed. */
const shownFor = 6_000
/** More than this at once would cover the page. */
const atMost = 3

let messages: readonly Message[] = []
let last = 0
const listeners = new Set<() => void>()

function set(next: readonly Message[]): void {
  messages = next
  for (const listener of listeners) listener()
}

function dismiss(id: number): void {
  set(messages.filter((message) => message.id !== id))
}

/** Says briefly what has just happened. Never the only place where an error is shown. */
export function toast(text: string, tone: Tone = "good"): void {
  last += 1
  const id = last
  set([...messages.slice(1 - atMost), { id, text, tone }])
  setTimeout(() => dismiss(id), shownFor)
}

const icons: Readonly<Record<Tone, IconName>> = {
  good: "check",
  warn: "offline",
  bad: "warning",
  info: "sending",
  idle: "note",
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

/** Where messages appear; once in a page. */
export function ToastRegion(): ReactElement {
  const shown = useSyncExternalStore(subscribe, () => messages)
  return (
    <div className="s2-toasts" role="status" aria-live="polite">
      {shown.map((message) => (
        <div key={message.id} className="s2-toast" data-tone={message.tone}>
          <Icon name={icons[message.tone]} />
          <p>{message.text}</p>
          <IconButton icon="cross" label="Dismiss" onClick={() => dismiss(message.id)} />
        </div>
      ))}
    </div>
  )
}
