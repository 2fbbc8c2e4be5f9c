/** How a thing stands, as colour, icon and word together: never colour alone. */
export type Tone = "safe" | "harm" | "warn" | "live" | "idle"

/** Mantine's colour of a tone. */
export const colourOf: Readonly<Record<Tone, string>> = {
  safe: "safe",
  harm: "harm",
  warn: "warn",
  live: "rope",
  idle: "gray",
}
