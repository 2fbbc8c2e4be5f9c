import { createQueue, type Queue } from "@belay/data"
import type { ReactElement } from "react"
import { afterEach, beforeEach, describe, expect, test } from "vitest"
import { render } from "vitest-browser-react"
import { openPage, type TestPage, until } from "../../browser/test/page.ts"
import {
  BelayProvider,
  useBelay,
  useDraft,
  useMutation,
  useOutbox,
  usePreference,
  useReady,
} from "../src/index.ts"

let page: TestPage
let queue: Queue | undefined
let statuses: number[] = []
beforeEach(() => {
  page = openPage()
  statuses = []
})
afterEach(() => {
  queue?.stop()
  page.stop()
})

/** A server of the app's own: answers with the next status, 201 when they are used up. */
function openQueue(): Queue {
  queue = createQueue({
    app: page.key,
    backoff: { baseMs: 5, maxMs: 10 },
    send: async ({ mutation }) => {
      const status = statuses.shift() ?? 201
      return Response.json(status < 300 ? { id: mutation.id } : { detail: "Title is missing." }, {
        status,
      })
    },
  })
  return queue
}

function Form(): ReactElement {
  const [draft, change, control] = useDraft("ncr:new", { title: "" })
  const raise = useMutation<{ readonly title: string }>({
    type: "ncr.raise",
    url: ({ title }) => `/api/ncrs/${title}`,
    draft: "ncr:new",
  })
  const outbox = useOutbox()
  const [units, setUnits] = usePreference("units", "metric")
  useReady()
  const save = async (): Promise<void> => {
    const { id } = await raise.mutate(draft)
    await control.commit(id)
  }
  return (
    <form>
      <input
        aria-label="Title"
        value={draft.title}
        onChange={(event) => change({ title: event.target.value })}
      />
      <button type="button" onClick={() => void save()}>
        Raise
      </button>
      <button type="button" onClick={() => setUnits("imperial")}>
        Units
      </button>
      <output>{`${control.status} ${raise.status} ${raise.pending} ${raise.dead} ${outbox.durable} ${units}`}</output>
      <output data-outcome="">{JSON.stringify(raise.outcome)}</output>
    </form>
  )
}

function Alone(): ReactElement {
  return <p>{useBelay().session}</p>
}

async function mount() {
  const belay = page.start()
  await belay.flags.loaded
  const screen = await render(
    <BelayProvider client={belay} queue={openQueue()} app={page.key}>
      <Form />
    </BelayProvider>,
  )
  return { belay, screen }
}
const told = (): string => document.querySelector("output")?.textContent ?? ""
const outcome = (): string => document.querySelector("[data-outcome]")?.textContent ?? ""

describe("hooks", () => {
  test("save through the outbox, clear the form and tell what became of it", async () => {
    const { screen } = await mount()
    await screen.getByLabelText("Title").fill("Crack")
    await until(() => told().startsWith("saved idle"))
    await screen.getByRole("button", { name: "Raise" }).click()
    await until(() => told().startsWith("clean sent 0 0 true"))
    expect(screen.getByLabelText("Title").element()).toHaveProperty("value", "")
    expect(JSON.parse(outcome())).toMatchObject({ state: "sent", status: 201 })
  })

  test("keep what the server refused, and send it when asked", async () => {
    statuses = [503, 400]
    const { screen } = await mount()
    await screen.getByLabelText("Title").fill("x")
    await screen.getByRole("button", { name: "Raise" }).click()
    await until(() => told().includes("dead 0 1"))
    expect(outcome()).toContain("Title is missing.")
    const [dead] = (await queue?.dead()) ?? []
    expect(dead).toMatchObject({ url: "/api/ncrs/x", payload: { title: "x" }, attempts: 2 })
    await queue?.retry(dead?.id ?? "")
    await until(() => told().includes(" 0 0 true"))
  })

  test("share preferences and say when the page is usable", async () => {
    const { screen } = await mount()
    await screen.getByRole("button", { name: "Units" }).click()
    await until(() => told().endsWith("imperial"))
    const ready = await page.waitFor((event) => event.kind === "ready")
    expect(ready.value).toBeGreaterThan(0)
  })

  test("without a provider say what is missing", async () => {
    await expect(render(<Alone />)).rejects.toThrow("<BelayProvider>")
  })
})
