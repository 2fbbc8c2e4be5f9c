import type { Belay, BelayOptions } from "./types.ts"

export type * from "./types.ts"

export declare function startBelay(options: BelayOptions): Belay
