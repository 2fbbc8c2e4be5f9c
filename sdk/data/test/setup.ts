import { createServer, type IncomingMessage, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"
import type { TestProject } from "vitest/node"

interface Ledger {
  /** Idempotency key → the body it was first used with. */
  readonly effects: Map<string, string>
  readonly order: string[]
  requests: number
}

/**
 * A server as bad as they come, but honest about idempotency keys: by the numbers in the request it drops connections
 * before and after the effect, and answers 503 and 429.
 */
export async function setup(project: TestProject): Promise<() => void> {
  const ledgers = new Map<string, Ledger>()
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? "/", "http://127.0.0.1")
    response.setHeader("Access-Control-Allow-Origin", "*")
    response.setHeader("Access-Control-Allow-Headers", "content-type,idempotency-key")
    response.setHeader("Access-Control-Allow-Methods", "GET,POST,PUT")
    response.setHeader("Access-Control-Expose-Headers", "Retry-After")
    const name = url.searchParams.get("ledger") ?? ""
    const ledger = ledgers.get(name) ?? { effects: new Map(), order: [], requests: 0 }
    ledgers.set(name, ledger)
    if (request.method === "OPTIONS") {
      response.writeHead(204).end()
      return
    }
    if (request.method === "GET") {
      response.writeHead(200, { "Content-Type": "application/json" })
      response.end(JSON.stringify({ order: ledger.order, requests: ledger.requests }))
      return
    }
    let text = ""
    request.on("data", (chunk) => {
      text += chunk
    })
    request.on("end", () => {
      const fates = (url.searchParams.get("fates") ?? "").split(",").filter(Boolean)
      const fate = fates[ledger.requests % Math.max(fates.length, 1)] ?? "ok"
      ledger.requests += 1
      meet(fate, ledger, text, request, response)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  const { port } = server.address() as AddressInfo
  project.provide("hostileUrl", `http://127.0.0.1:${port}`)
  return () => {
    server.closeAllConnections()
    server.close()
  }
}

function meet(
  fate: string,
  ledger: Ledger,
  text: string,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  if (fate === "drop-before") {
    request.socket.destroy()
    return
  }
  if (fate === "portal") {
    response.writeHead(200, { "Content-Type": "text/html" }).end("<html>Please sign in</html>")
    return
  }
  if (/^\d/.test(fate)) {
    const [status = "500", retryAfter] = fate.split("r")
    if (retryAfter !== undefined) response.setHeader("Retry-After", retryAfter)
    response.writeHead(Number(status), { "Content-Type": "application/problem+json" })
    response.end(JSON.stringify({ title: "No", detail: `Refused with ${status}.` }))
    return
  }
  const key = String(request.headers["idempotency-key"])
  if (!ledger.effects.has(key)) {
    ledger.effects.set(key, text)
    ledger.order.push(text)
  }
  if (fate === "drop-after") request.socket.destroy()
  else response.writeHead(201, { "Content-Type": "application/json" }).end(text)
}
