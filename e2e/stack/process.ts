import { type ChildProcess, spawn } from "node:child_process"
import { createServer } from "node:net"

/** A program under test, with what it printed. */
export interface Program {
  readonly pid: number
  /** Ends it as a crash would: it gets no chance to write anything. */
  kill(): Promise<void>
  /** Asks it to end and waits until it has. */
  stop(): Promise<void>
  /** What it has printed so far. */
  output(): string
}

/** Starts a program and gives it back at once; `untilAnswers` tells when it is ready. */
export function launch(
  file: string,
  args: readonly string[],
  env: Record<string, string> = {},
): Program {
  const child: ChildProcess = spawn(file, [...args], {
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  })
  let printed = ""
  child.stdout?.on("data", (chunk: Buffer) => {
    printed += chunk.toString()
  })
  child.stderr?.on("data", (chunk: Buffer) => {
    printed += chunk.toString()
  })
  // A test that fails half-way leaves nothing running: Playwright ends its worker, and that ends this.
  const endWithTests = (): boolean => child.kill("SIGKILL")
  process.once("exit", endWithTests)
  const ended = new Promise<void>((resolve) =>
    child.once("exit", () => {
      process.off("exit", endWithTests)
      resolve()
    }),
  )
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    if (child.exitCode === null && child.signalCode === null) child.kill(signal)
    await ended
  }
  return {
    pid: child.pid ?? 0,
    kill: () => end("SIGKILL"),
    stop: () => end("SIGINT"),
    output: () => printed,
  }
}

/** A port of the loopback address that nobody listens at now. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once("error", reject)
    server.listen(0, "127.0.0.1", () => {
      const address = server.address()
      const port = typeof address === "object" && address !== null ? address.port : 0
      server.close(() => resolve(port))
    })
  })
}

/** Waits until an address answers 200, for at most `ms` milliseconds. */
export async function untilAnswers(url: string, program: Program, ms = 15_000): Promise<void> {
  await until(async () => (await fetch(url)).ok, `${url} answers`, ms).catch((error: unknown) => {
    throw new Error(`${String(error)}\n${program.output()}`)
  })
}

/** Asks again every 50 ms until it holds; an error counts as "not yet". */
export async function until(
  holds: () => Promise<boolean>,
  what: string,
  ms = 15_000,
): Promise<void> {
  const deadline = Date.now() + ms
  let last: unknown
  while (Date.now() < deadline) {
    try {
      if (await holds()) return
      last = undefined
    } catch (error) {
      last = error
    }
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  throw new Error(`not within ${ms} ms: ${what}${last === undefined ? "" : ` (${String(last)})`}`)
}
