import { createDataSafety, type DataSafety } from "@belay/data"
import { lazy, type ReactElement, type ReactNode, useEffect } from "react"
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest"
import { render } from "vitest-browser-react"
import { openPage, type TestPage, until } from "../../browser/test/page.ts"
import { BelayProvider, Guard, useDraft, useFlag } from "../src/index.ts"

const flag = (value: boolean) => ({ key: "ncr-form", value, reason: "SPLIT" })

let page: TestPage
beforeEach(() => {
  page = openPage()
  // React tells the console about every error that a boundary catches.
  vi.spyOn(console, "error").mockImplementation(() => undefined)
})
afterEach(() => {
  page.stop()
  vi.restoreAllMocks()
})

/** Both sides share the draft and differ in their looks. */
function Form({
  side,
  fragile = false,
}: {
  readonly side: string
  readonly fragile?: boolean
}): ReactElement {
  const [draft, change] = useDraft("ncr:new", { title: "", place: "" })
  if (fragile && draft.title.endsWith("!")) throw new TypeError("cannot read severity of undefined")
  return (
    <form data-side={side}>
      <input
        name="title"
        aria-label="Title"
        value={draft.title}
        onChange={(event) => change({ title: event.target.value })}
      />
      <button
        type="button"
        onClick={() => {
          throw new Error(`handler of ${side}`)
        }}
      >
        Throw
      </button>
    </form>
  )
}

function BrokenAtOnce(): ReactElement {
  throw new Error("render")
}

function BrokenInEffect(): ReactElement {
  useEffect(() => {
    throw new Error("effect")
  }, [])
  return <p data-side="new">new</p>
}

function Telling(props: { readonly side: string; onShown(): void }): ReactElement {
  const { onShown } = props
  useEffect(() => onShown(), [onShown])
  return <p data-side={props.side}>{props.side}</p>
}

function Value(): ReactElement {
  return <p data-side={String(useFlag("ncr-form", false))}>value</p>
}

async function mount(
  fresh: ReactNode,
  options: { readonly on?: boolean; readonly data?: DataSafety; readonly old?: ReactNode } = {},
) {
  await page.script({ flags: [flag(options.on ?? true)], revision: 1 })
  const belay = page.start()
  await belay.flags.loaded
  const screen = await render(
    <BelayProvider client={belay} app={page.key} {...(options.data && { data: options.data })}>
      <Guard flag="ncr-form" old={options.old ?? <Form side="old" />} new={fresh} />
    </BelayProvider>,
  )
  return { belay, screen }
}

const side = (): string | null | undefined =>
  document.querySelector("[data-side]")?.getAttribute("data-side")
const title = (): HTMLInputElement => {
  const input = document.querySelector<HTMLInputElement>("input[name=title]")
  if (!input) throw new Error("there is no title field")
  return input
}

describe("a guard", () => {
  test.each([
    [true, "new", "on"],
    [false, "old", "off"],
  ])("shows the side of the flag (%s) and records what was shown", async (on, shown, variant) => {
    await mount(<Form side="new" />, { on })
    expect(side()).toBe(shown)
    const exposure = await page.waitFor((event) => event.kind === "exposure")
    expect(exposure).toMatchObject({ flag: "ncr-form", component: "ncr-form", variant })
    const rendered = await page.waitFor((event) => event.kind === "render")
    expect(rendered).toMatchObject({ component: "ncr-form", variant })
    expect(Number(rendered.value)).toBeGreaterThanOrEqual(0)
  })

  test.each([
    ["render", <BrokenAtOnce key="1" />],
    ["effect", <BrokenInEffect key="2" />],
  ])("shows the old side when the new one throws in its %s", async (message, fresh) => {
    const { belay } = await mount(fresh)
    expect(side()).toBe("old")
    expect(belay.flags.detail("ncr-form")).toMatchObject({ value: false, reason: "BREAKER" })
    const error = await page.waitFor((event) => event.kind === "error")
    expect(error).toMatchObject({
      message,
      source: "boundary",
      handled: true,
      component: "ncr-form",
    })
    expect(error.variants["ncr-form"]).toBe("on")
    await page.waitFor((event) => event.name === "breaker_trip")
    await belay.flush()
    expect((await page.reported()).filter((event) => event.kind === "error")).toHaveLength(1)
  })

  test("hands over what was typed, and the cursor, in the frame of the error", async () => {
    const { screen } = await mount(<Form side="new" fragile />)
    await screen.getByLabelText("Title").fill("Crack in slab")
    title().focus()
    title().setSelectionRange(5, 5)
    const sides: (string | null | undefined)[] = []
    const observer = new MutationObserver(() => sides.push(side()))
    observer.observe(document.body, { childList: true, subtree: true })
    await screen.getByLabelText("Title").fill("Crack in slab!")
    expect(side()).toBe("old")
    expect(title().value).toBe("Crack in slab!")
    expect(document.activeElement).toBe(title())
    // Never a moment with neither side on the screen.
    expect(sides.every((shown) => shown === "old" || shown === "new")).toBe(true)
    observer.disconnect()
    await screen.getByLabelText("Title").fill("Crack in slab! North")
    expect(title().value).toBe("Crack in slab! North")
  })

  test("makes the old side once, not once for the error and once for the flag", async () => {
    let made = 0
    const onMade = (): void => {
      made += 1
    }
    await mount(<BrokenAtOnce />, { old: <Telling side="old" onShown={onMade} /> })
    expect(side()).toBe("old")
    expect(made).toBe(1)
  })

  test("goes back without a reload when the flag goes back, with the same draft and cursor", async () => {
    const { belay, screen } = await mount(<Form side="new" />)
    await until(async () => (await page.seen()).streams === 1)
    await screen.getByLabelText("Title").fill("half a sen")
    title().focus()
    title().setSelectionRange(4, 6)
    await page.script({ flags: [flag(false)], revision: 2 }, "notify")
    await until(() => side() === "old")
    expect(title().value).toBe("half a sen")
    expect(document.activeElement).toBe(title())
    expect([title().selectionStart, title().selectionEnd]).toEqual([4, 6])
    await page.waitFor((event) => event.kind === "confirm" && event.value === 2)
    await page.waitFor((event) => event.kind === "exposure" && event.variant === "off")
    expect(belay.flags.get("ncr-form", true)).toBe(false)
  })

  test("stays with the old side after a throw, in the next page too", async () => {
    const { screen } = await mount(<BrokenAtOnce />)
    await page.waitFor((event) => event.name === "breaker_trip")
    await screen.unmount()
    page.stop()
    await mount(<Form side="new" />)
    expect(side()).toBe("old")
  })

  test("an error of the old side goes on to the page, and trips nothing", async () => {
    const { belay } = await mount(<Form side="new" />, { on: false })
    const top = (
      <BelayProvider client={belay}>
        <Guard flag="ncr-form" old={<BrokenAtOnce />} new={<p>new</p>} />
      </BelayProvider>
    )
    const swallow = (event: Event): void => event.preventDefault()
    window.addEventListener("error", swallow)
    await expect(render(top)).rejects.toThrow("render")
    window.removeEventListener("error", swallow)
    expect(belay.flags.detail("ncr-form")?.reason).toBe("SERVER")
  })

  test("attributes an event handler's error to its component and keeps the side", async () => {
    const { screen } = await mount(<Form side="new" />)
    const swallow = (event: Event): void => event.preventDefault()
    window.addEventListener("error", swallow)
    await screen.getByRole("button").click()
    window.removeEventListener("error", swallow)
    const error = await page.waitFor((event) => event.message === "handler of new")
    expect(error).toMatchObject({ source: "window", handled: false, component: "ncr-form" })
    expect(side()).toBe("new")
  })

  test("keeps the old side on the screen while a new one is being loaded", async () => {
    let arrive: ((module: { default: () => ReactElement }) => void) | undefined
    const Late = lazy(
      () =>
        new Promise<{ default: () => ReactElement }>((resolve) => {
          arrive = resolve
        }),
    )
    const { belay } = await mount(<Late />, { on: false })
    await page.script({ flags: [flag(true)], revision: 2 })
    await belay.flags.refresh()
    await until(() => arrive !== undefined)
    expect(side()).toBe("old")
    arrive?.({ default: () => <p data-side="new">new</p> })
    await until(() => side() === "new")
  })

  test("a part that cannot be fetched brings the old side, too", async () => {
    const Missing = lazy(() =>
      Promise.reject(new TypeError("Failed to fetch dynamically imported module: /new.js")),
    )
    await mount(<Missing />)
    await until(() => side() === "old")
    await page.waitFor((event) => event.kind === "error" && event.source === "boundary")
  })

  test("an unknown flag is off", async () => {
    await page.script({ flags: [] })
    const belay = page.start()
    await belay.flags.loaded
    await render(
      <BelayProvider client={belay}>
        <Guard flag="ncr-form" old={<Value />} new={<p data-side="new">new</p>} />
      </BelayProvider>,
    )
    expect(side()).toBe("false")
  })
})

describe("a guard with browser data", () => {
  const safety = (onEvent: (name: string) => void = () => undefined): DataSafety =>
    createDataSafety({
      app: page.key,
      sources: [{ kind: "local", keys: [`${page.key}:settings`] }],
      onEvent: ({ name }) => onEvent(name),
    })

  test("has a verified backup before the new side is on the screen", async () => {
    localStorage.setItem(`${page.key}:settings`, '{"units":"metric"}')
    const data = safety()
    let backupsWhenShown = -1
    const onShown = (): void => {
      data
        .list()
        .then((all) => {
          backupsWhenShown = all.length
        })
        .catch(() => undefined)
    }
    await mount(<Telling side="new" onShown={onShown} />, { data })
    await until(() => side() === "new")
    await until(() => backupsWhenShown === 1)
    expect(await data.verify()).toMatchObject({ ok: true })
  })

  test("does not let the old side flash by before a first new one, or count it as seen", async () => {
    const shown: string[] = []
    const tell = (name: string) => (): void => {
      shown.push(name)
    }
    const { belay } = await mount(<Telling side="new" onShown={tell("new")} />, {
      data: safety(),
      old: <Telling side="old" onShown={tell("old")} />,
    })
    await until(() => shown.includes("new"))
    await page.waitFor((event) => event.kind === "exposure")
    await belay.flush()
    const seen = (await page.reported()).filter((event) => event.kind === "exposure")
    expect(new Set(shown)).toEqual(new Set(["new"]))
    expect(seen.map((event) => event.variant)).toEqual(["on"])
  })

  test("stays with the old side when there can be no backup", async () => {
    const events: string[] = []
    const data = safety((name) => events.push(name))
    vi.spyOn(IDBObjectStore.prototype, "put").mockImplementation(function refuse(
      this: IDBObjectStore,
    ) {
      this.transaction.abort()
      throw new DOMException("full", "QuotaExceededError")
    })
    await mount(<Form side="new" />, { data })
    await until(() => side() === "old")
    await until(() => events.includes("flip_deferred"))
    const exposure = await page.waitFor((event) => event.kind === "exposure")
    expect(exposure.variant).toBe("off")
    expect((await page.reported()).filter((event) => event.variant === "on")).toEqual([])
  })

  test("brings the data back with the old side and keeps what the new one made", async () => {
    const key = `${page.key}:settings`
    localStorage.setItem(key, '{"units":"metric","columns":["a"]}')
    const data = safety()
    const { belay } = await mount(<p data-side="new">new</p>, { data })
    await until(() => side() === "new")
    localStorage.setItem(key, '{"columns":{"a":true},"theme":"dark"}')
    await page.script({ flags: [flag(false)], revision: 2 })
    await belay.flags.refresh()
    await until(() => side() === "old")
    await until(() => localStorage.getItem(key)?.includes("metric") === true)
    expect(JSON.parse(localStorage.getItem(key) ?? "")).toEqual({
      units: "metric",
      columns: ["a"],
      theme: "dark",
    })
    expect(await data.conflicts()).toMatchObject([{ path: "columns", other: { a: true } }])
  })
})
