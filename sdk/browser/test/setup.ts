import type { TestProject } from "vitest/node"
import { startContractServer } from "./server.ts"

/** One server for all tests; each test has a client key of its own. */
export async function setup(project: TestProject): Promise<() => void> {
  const { url, server } = await startContractServer()
  project.provide("serverUrl", url)
  return () => {
    server.closeAllConnections()
    server.close()
  }
}
