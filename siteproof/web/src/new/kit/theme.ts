import { usePreference } from "@belay/react"

/** What a person can choose; `system` follows the device. */
export const themes = ["system", "light", "dark"] as const
export type Theme = (typeof themes)[number]

/** The chosen theme; kept with the person's preferences, so that it outlives a change of design. */
export function useTheme(): { readonly theme: Theme; setTheme(theme: Theme): void } {
  const [stored, store] = usePreference<string>("theme", "system")
  const theme = themes.find((one) => one === stored) ?? "system"
  return { theme, setTheme: store }
}
