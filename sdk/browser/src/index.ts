export { startBelay } from "./start.ts"
export type * from "./types.ts"
