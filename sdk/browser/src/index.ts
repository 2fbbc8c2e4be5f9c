export { componentAttribute } from "./errors.ts"
export { startBelay } from "./start.ts"
export type * from "./types.ts"
