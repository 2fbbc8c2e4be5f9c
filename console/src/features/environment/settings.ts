import type { Settings } from "../../lib/api-flags.ts"

export type Switch = Exclude<keyof Settings, "approvals">

/** Each setting in one sentence. */
export const switches: readonly {
  readonly key: Switch
  readonly label: string
  readonly says: string
}[] = [
  {
    key: "hide_disabled_flags",
    label: "Hide flags that are off",
    says: "Flagsmith's clients are not told of flags that are off.",
  },
  {
    key: "hide_sensitive_data",
    label: "Hide ids and traits",
    says: "Answers to Flagsmith's clients hold no ids and no traits.",
  },
  {
    key: "ignore_client_traits",
    label: "Believe only servers",
    says: "Traits that are sent with the client key are ignored, since anybody can send them.",
  },
  {
    key: "forget_traits",
    label: "Keep no traits",
    says: "Traits decide the answer and are not stored.",
  },
  {
    key: "stop_serving",
    label: "Serve nothing",
    says: "Flagsmith's clients are refused with 401 and show their defaults.",
  },
]
