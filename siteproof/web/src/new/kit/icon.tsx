import type { ReactElement } from "react"

/** Every drawing on a grid of 24, as strokes. */
const drawings = {
  dashboard: "M4 4h7v9H4zM13 4h7v5h-7zM13 11h7v9h-7zM4 15h7v5H4z",
  checklist: "M9 4h6v3H9zM9 5.5H6a1 1 0 0 0-1 1V20h14V6.5a1 1 0 0 0-1-1h-3M8.5 14l2.5 2.5 4.5-5",
  warning: "M12 4 2.8 20h18.4zM12 10v4.5M12 17.3v.1",
  diary: "M6 3h13v18H6a2 2 0 0 1-2-2V5a2 2 0 0 1 2-2zM8.5 3v18M12 8h4M12 12h4",
  sun: "M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM12 2.5v2M12 19.5v2M2.5 12h2M19.5 12h2M5.3 5.3l1.4 1.4M17.3 17.3l1.4 1.4M5.3 18.7l1.4-1.4M17.3 6.7l1.4-1.4",
  moon: "M20 14.5A8.5 8.5 0 0 1 9.5 4 8.5 8.5 0 1 0 20 14.5z",
  screen: "M3 4.5h18v12H3zM8.5 20.5h7M12 16.5v4",
  offline:
    "M3 3l18 18M8.5 6.2A6 6 0 0 1 18 9.8a4.2 4.2 0 0 1 2.6 6.8M16.5 18.5H7a4.5 4.5 0 0 1-1.2-8.8",
  sending:
    "M17 18.5a4.2 4.2 0 0 0 1-8.4 6 6 0 0 0-11.6-.5A4.5 4.5 0 0 0 7 18.5M12 20v-7.5M9 15l3-3 3 3",
  cloud: "M7 18.5a4.5 4.5 0 0 1-.6-9A6 6 0 0 1 18 10.1a4.2 4.2 0 0 1-1 8.4z",
  rain: "M7 15a4.2 4.2 0 0 1-.6-8.4A6 6 0 0 1 18 7.1 4 4 0 0 1 17 15zM8.5 18l-1 2.5M12.5 18l-1 2.5M16.5 18l-1 2.5",
  wind: "M3 9h11a2.5 2.5 0 1 0-2.4-3.2M3 13h15.5a2.5 2.5 0 1 1-2.4 3.2M3 17h8a2 2 0 1 1-1.9 2.6",
  storm: "M7 14.5a4.2 4.2 0 0 1-.6-8.4A6 6 0 0 1 18 6.6a4 4 0 0 1-.5 7.9M12.5 11l-3 5h4l-2.5 5",
  snow: "M12 3v18M4.2 7.5l15.6 9M19.8 7.5l-15.6 9M9.5 4.5 12 7l2.5-2.5M9.5 19.5 12 17l2.5 2.5",
  plus: "M12 5v14M5 12h14",
  up: "M6 15l6-6 6 6",
  down: "M6 9l6 6 6-6",
  left: "M15 6l-6 6 6 6",
  right: "M9 6l6 6-6 6",
  grip: "M9 6v.1M15 6v.1M9 12v.1M15 12v.1M9 18v.1M15 18v.1",
  check: "M5 12.5l4.5 4.5L19 7",
  cross: "M6 6l12 12M18 6 6 18",
  pen: "M4 20l1-4.5L16 4.5l3.5 3.5L8.5 19zM14 6.5l3.5 3.5",
  download: "M12 4v11M7.5 11l4.5 4.5 4.5-4.5M5 20h14",
  hold: "M8.2 3h7.6L21 8.2v7.6L15.8 21H8.2L3 15.8V8.2zM9.5 8.5v7M14.5 8.5v7",
  person: "M12 4a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM4.5 20.5a7.5 7.5 0 0 1 15 0",
  people:
    "M9 5a3.5 3.5 0 1 0 0 7 3.5 3.5 0 0 0 0-7zM2.5 20a6.5 6.5 0 0 1 13 0M15.5 5.2a3.5 3.5 0 0 1 0 6.6M18 14.2a6.5 6.5 0 0 1 3.5 5.8",
  leave: "M14 4h5v16h-5M10 8l-4 4 4 4M6 12h9",
  search: "M11 4a7 7 0 1 0 0 14 7 7 0 0 0 0-14zM16 16l4.5 4.5",
  calendar: "M4 6h16v14H4zM4 10.5h16M8.5 3.5V7M15.5 3.5V7",
  clock: "M12 3.5a8.5 8.5 0 1 0 0 17 8.5 8.5 0 0 0 0-17zM12 7.5V12l3 2",
  place:
    "M12 21s-6.5-6.2-6.5-11.2a6.5 6.5 0 0 1 13 0C18.5 14.8 12 21 12 21zM12 7.5a2.5 2.5 0 1 0 0 5 2.5 2.5 0 0 0 0-5z",
  plant:
    "M2.5 16.5V7h11v9.5M13.5 10.5h4l3.5 3v3M6.5 15a2 2 0 1 0 0 4 2 2 0 0 0 0-4zM17 15a2 2 0 1 0 0 4 2 2 0 0 0 0-4zM8.5 17H15M2.5 16.5h2",
  note: "M5 4h14v11l-5 5H5zM14 20v-5h5M8.5 8.5h7M8.5 12h5",
  restore: "M4 5v5h5M4.5 10a8 8 0 1 1-.4 4",
  list: "M8.5 6H20M8.5 12H20M8.5 18H20M4 6v.1M4 12v.1M4 18v.1",
  board: "M4 4.5h4.5v15H4zM10 4.5h4.5v9H10zM16 4.5h4v12h-4z",
  more: "M5 12v.1M12 12v.1M19 12v.1",
  settings: "M4 7h9M17 7h3M15 5v4M4 17h3M11 17h9M9 15v4",
} as const

/** Name of a drawing. */
export type IconName = keyof typeof drawings

/** A small drawing beside words; never the only sign of something, so hidden from screen readers. */
export function Icon({
  name,
  size = 20,
}: {
  readonly name: IconName
  readonly size?: number
}): ReactElement {
  const dotted = name === "grip" || name === "more"
  return (
    <svg
      aria-hidden="true"
      width={size}
      height={size}
      viewBox="0 0 24 24"
      fill="none"
      stroke="currentColor"
      strokeWidth={dotted ? 2.6 : 1.75}
      strokeLinecap="round"
      strokeLinejoin="round"
    >
      <path d={drawings[name]} />
    </svg>
  )
}
