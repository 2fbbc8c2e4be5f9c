import { createHash } from "node:crypto"
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"

/** What a test can make the server do, for one client key. */
export interface Script {
  /** OFREP items. */
  flags: readonly Record<string, unknown>[]
  revision: number
  /** Status of answers for flags; 0: the connection is cut. */
  flagsStatus: number
  /** ms before an answer for flags. */
  delayMs: number
  stream: boolean
  /** What messages of changes say besides that there is one. */
  says: Record<string, unknown>
  /** Statuses of the next answers to beacons; when used up: 202. 0: taken, then the connection is cut. */
  beacon: number[]
  /** Documents with this text are refused whole. */
  refuse?: string
}

interface Keyed {
  script: Script
  questions: {
    readonly headers: Record<string, unknown>
    readonly body: unknown
    readonly status: number
  }[]
  documents: unknown[]
  streams: Set<ServerResponse>
  streamUrls: string[]
}

/** A small server that speaks OFREP and the beacon protocol by their contracts, and does on demand what real ones do. */
export function startContractServer(): Promise<{ readonly url: string; readonly server: Server }> {
  const keys = new Map<string, Keyed>()
  const of = (key: string): Keyed => {
    let keyed = keys.get(key)
    if (!keyed) {
      const script: Script = {
        flags: [],
        revision: 1,
        flagsStatus: 200,
        delayMs: 0,
        stream: true,
        says: {},
        beacon: [],
      }
      keyed = { script, questions: [], documents: [], streams: new Set(), streamUrls: [] }
      keys.set(key, keyed)
    }
    return keyed
  }

  const onFlags = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const key = String(request.headers.authorization ?? "").replace("Bearer ", "")
    const { script, questions } = of(key)
    const body: unknown = JSON.parse(await readText(request))
    if (script.delayMs > 0) await new Promise((resolve) => setTimeout(resolve, script.delayMs))
    if (script.flagsStatus === 0) {
      questions.push({ headers: request.headers, body, status: 0 })
      request.socket.destroy()
      return
    }
    const answer = JSON.stringify({
      flags: script.flags,
      ...(script.stream && {
        eventStreams: [{ type: "sse", endpoint: { requestUri: `/ofrep/v1/stream?key=${key}` } }],
      }),
    })
    const etag = `"${createHash("sha256").update(answer).digest("hex").slice(0, 16)}"`
    const same = request.headers["if-none-match"] === etag
    const status = script.flagsStatus === 200 && same ? 304 : script.flagsStatus
    questions.push({ headers: request.headers, body, status })
    response.writeHead(status, {
      "Content-Type": "application/json",
      "Belay-Revision": String(script.revision),
      ...(status < 400 && { ETag: etag }),
    })
    response.end(status === 304 ? undefined : answer)
  }

  const onStream = (url: URL, response: ServerResponse): void => {
    const keyed = of(url.searchParams.get("key") ?? "")
    keyed.streamUrls.push(url.search)
    response.writeHead(200, { "Content-Type": "text/event-stream", "Cache-Control": "no-store" })
    response.write(`retry: 200\nid: ${keyed.script.revision}\ndata: {"type":"hello"}\n\n`)
    keyed.streams.add(response)
    response.on("close", () => keyed.streams.delete(response))
  }

  const onBeacon = async (
    url: URL,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> => {
    const keyed = of(url.searchParams.get("key") ?? "")
    const text = await readText(request)
    const document: unknown = JSON.parse(text)
    const { refuse } = keyed.script
    const bad = refuse !== undefined && text.includes(refuse)
    const status = keyed.script.beacon.shift() ?? (bad ? 400 : 202)
    if (status === 202 || status === 0) keyed.documents.push(document)
    if (status === 0) {
      request.socket.destroy()
      return
    }
    response.writeHead(status, { "Content-Type": "application/json" })
    response.end("{}")
  }

  /** Tests change the script (PATCH, `notify`: tell the streams; `cut`: break them) and look at what arrived (GET). */
  const onControl = async (
    url: URL,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> => {
    const keyed = of(url.searchParams.get("key") ?? "")
    if (request.method === "PATCH") {
      Object.assign(keyed.script, JSON.parse(await readText(request)))
      for (const stream of keyed.streams) {
        if (url.searchParams.has("cut")) stream.destroy()
        else if (url.searchParams.has("notify")) {
          const message = { type: "refetchEvaluation", ...keyed.script.says }
          stream.write(`id: ${keyed.script.revision}\ndata: ${JSON.stringify(message)}\n\n`)
        }
      }
    }
    const { questions, documents, streams, streamUrls } = keyed
    response.writeHead(200, { "Content-Type": "application/json" })
    response.end(JSON.stringify({ questions, documents, streams: streams.size, streamUrls }))
  }

  const server = createServer((request, response) => {
    const url = new URL(request.url ?? "/", "http://127.0.0.1")
    response.setHeader("Access-Control-Allow-Origin", "*")
    response.setHeader(
      "Access-Control-Allow-Headers",
      "authorization,content-type,if-none-match,belay-session",
    )
    response.setHeader("Access-Control-Allow-Methods", "GET,POST,PATCH")
    response.setHeader("Access-Control-Expose-Headers", "ETag,Retry-After,Belay-Revision")
    if (request.method === "OPTIONS") {
      response.writeHead(204).end()
      return
    }
    const routes: Record<string, () => Promise<void> | void> = {
      "/ofrep/v1/evaluate/flags": () => onFlags(request, response),
      "/ofrep/v1/stream": () => onStream(url, response),
      "/beacon/v1": () => onBeacon(url, request, response),
      "/control": () => onControl(url, request, response),
    }
    const route = routes[url.pathname]
    if (!route) {
      response.writeHead(404).end()
      return
    }
    Promise.resolve(route()).catch((error: unknown) => {
      response.writeHead(500).end(String(error))
    })
  })
  return new Promise((resolve) => {
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address() as AddressInfo
      resolve({ url: `http://127.0.0.1:${port}`, server })
    })
  })
}

export async function readText(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString("utf8")
}
