import type { Belay, FlagValue, Widened } from "@belay/browser"
import type { ReactElement } from "react"
import type {
  BelayProviderProps,
  DraftControl,
  GuardProps,
  MutationControl,
  MutationOptions,
  OutboxControl,
} from "./types.ts"

export type * from "./types.ts"

export declare function BelayProvider(props: BelayProviderProps): ReactElement
export declare function Guard(props: GuardProps): ReactElement
export declare function useBelay(): Belay
export declare function useFlag<T extends FlagValue>(key: string, fallback: T): Widened<T>
export declare function useDraft<T extends object>(
  key: string,
  initial: T,
): [T, (patch: Partial<T>) => void, DraftControl]
export declare function usePreference<T>(key: string, fallback: T): [T, (value: T) => void]
export declare function useMutation<P>(options: MutationOptions<P>): MutationControl<P>
export declare function useOutbox(): OutboxControl
export declare function useReady(): void
export declare function useOnline(): boolean
