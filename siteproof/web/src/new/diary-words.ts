import type { Weather } from "../api/wire.ts"
import type { IconName } from "./kit/icon.tsx"

/** A drawing for each kind of weather. */
export const weatherIcons: Readonly<Record<Weather, IconName>> = {
  fine: "sun",
  overcast: "cloud",
  showers: "rain",
  rain: "rain",
  wind: "wind",
  storm: "storm",
}
