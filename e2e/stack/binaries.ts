import { resolve } from "node:path"

/** Where the programs under test lie: `BELAY_BIN_DIR`, or the folder that `make build` fills. */
const folder = process.env.BELAY_BIN_DIR ?? resolve(import.meta.dirname, "../../bin")

/** The Belay binary under test. */
export const belayProgram: string = resolve(folder, "belay")

/** The SiteProof binary under test. */
export const siteproofProgram: string = resolve(folder, "siteproof")
