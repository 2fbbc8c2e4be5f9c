/** What a webhook can ask for, as people call it. */
export const kinds: readonly { readonly value: string; readonly label: string }[] = [
  { value: "flag.", label: "Flags" },
  { value: "segment.", label: "Segments" },
  { value: "rollout.", label: "Rollouts" },
  { value: "incident.", label: "Incidents" },
  { value: "change_request.", label: "Change requests" },
  { value: "environment.", label: "Settings and keys" },
]

/** "flag." → "Flags"; a narrower kind, such as rollout.rolled_back, stays as it is written. */
export const sayKind = (kind: string): string => kinds.find((k) => k.value === kind)?.label ?? kind
