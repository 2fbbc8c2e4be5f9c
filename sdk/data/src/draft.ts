import {
  type DraftRow,
  draftId,
  fold,
  readTails,
  soundsSecret,
  standing,
  tailKey,
  writeTail,
} from "./draft-row.ts"
import { createSignal, isPlain, onLeave, openTabs, uniqueId } from "./page.ts"
import { type Change, openStorage } from "./storage.ts"
import type { DataEvent, Draft, DraftOptions, DraftState } from "./types.ts"

const defaultDebounceMs = 250
const defaultTtlMs = 30 * 24 * 60 * 60 * 1000
/** More than any page shows at once; beyond it those that nobody watches are let go. */
const mostInMemory = 200
const thisTab = uniqueId()
const shared = new Map<string, { readonly draft: unknown; idle(): boolean; stop(): void }>()

/**
 * What someone types, kept: in memory for the next component that asks for the same key, after 250 ms in IndexedDB,
 * when the page leaves in localStorage, and in step with the other tabs. Fields that sound secret stay in memory.
 *
 * @example
 * ```ts
 * const draft = createDraft({ key: "ncr:new", initial: { title: "", severity: "minor" } })
 * draft.set({ title: "Crack in slab" })
 * ```
 */
export function createDraft<T extends object>(options: DraftOptions<T>): Draft<T> {
  const app = options.app ?? "belay"
  const id = draftId(options.subject ?? "", options.key)
  const name = JSON.stringify([app, id])
  const existing = shared.get(name)
  if (existing) return existing.draft as Draft<T>
  letIdleGo()
  const made = build(options, app, id)
  shared.set(name, made)
  return made.draft
}

function letIdleGo(): void {
  for (const [name, held] of shared) {
    if (shared.size < mostInMemory) return
    if (!held.idle()) continue
    held.stop()
    shared.delete(name)
  }
}

type Fields = Record<string, unknown>

function build<T extends object>(
  options: DraftOptions<T>,
  app: string,
  id: string,
): { readonly draft: Draft<T>; idle(): boolean; stop(): void } {
  const {
    key,
    initial,
    exclude = [],
    debounceMs = defaultDebounceMs,
    ttlMs = defaultTtlMs,
  } = options
  const subject = options.subject ?? ""
  const storage = openStorage(app)
  const signal = createSignal()
  const myTail = tailKey(app, id, thisTab)
  let state: DraftState<T> = { value: initial, status: "loading" }
  /** Fields that are changed here and not yet on disk. */
  let unsaved: Fields = {}
  let changedAt = 0
  /** Thrown away or handed over before it was read from disk. */
  let forgotten = false
  let timer: ReturnType<typeof setTimeout> | undefined
  let writing: Promise<void> = Promise.resolve()

  const keeps = (field: string): boolean =>
    !(exclude as readonly string[]).includes(field) && !soundsSecret(field)
  const update = (next: Partial<DraftState<T>>): void => {
    state = { ...state, ...next }
    signal.notify()
  }

  const tell = (event: DataEvent): void => {
    try {
      options.onEvent?.(event)
    } catch {
      // Counting must not cost what was typed.
    }
  }

  /** Shows stored fields, except those that are being typed and those that this design could not read. */
  const show = (fields: Readonly<Fields>): void => {
    const shown = Object.entries(fields).filter(
      ([field, value]) => !(field in unsaved) && readable((initial as Fields)[field], value),
    )
    state = { ...state, value: { ...state.value, ...Object.fromEntries(shown) } }
  }

  const tabs = openTabs(`draft:${app}:${id}`, (message) => {
    if (!isPlain(message)) return
    if (message.gone === true && Object.keys(unsaved).length === 0) {
      update({ value: initial, status: "clean" })
    } else if (isPlain(message.fields)) {
      const clash = Object.keys(message.fields).some((field) => field in unsaved)
      show(message.fields)
      update(clash ? { status: "conflict" } : {})
    }
  })

  const load = async (): Promise<void> => {
    const row = await storage.get<DraftRow>("drafts", id)
    const tails = readTails(app, id).filter((left) => left.key !== myTail)
    if (forgotten) return
    const { fields, at, late } = fold(
      row,
      tails.map(({ tail }) => tail),
      ttlMs,
    )
    const found = Object.keys(fields).length
    show(fields)
    const typing = state.status !== "loading"
    if (found === 0) update(typing ? {} : { status: "clean" })
    else update(typing ? { restoredAt: at } : { status: "restored", restoredAt: at })
    if (found > 0) tell({ name: "draft_restored", value: 1, properties: { fields: found } })
    if (Object.keys(late).length > 0) await write({ ...late, ...unsaved }, at)
    for (const { key: left } of tails) writeTail(left, undefined)
  }
  const loaded = load().catch(() => {
    if (state.status === "loading") update({ status: "memory" })
  })

  /** Only the changed fields are written over what is stored: two tabs that fill in different fields lose nothing. */
  const write = (fields: Readonly<Fields>, at: number): Promise<void> =>
    storage.change(["drafts"], "relaxed", (change) =>
      change.get("drafts", id, (found) => {
        const row = found as DraftRow | undefined
        const before = standing(row) ? row : { fields: {}, times: {} }
        const times = Object.fromEntries(Object.keys(fields).map((field) => [field, at]))
        const next: DraftRow = {
          id,
          subject,
          key,
          fields: { ...before.fields, ...fields },
          times: { ...before.times, ...times },
          at,
        }
        change.put("drafts", next)
      }),
    )

  const writeUnsaved = async (): Promise<void> => {
    await loaded
    const fields = { ...unsaved }
    if (Object.keys(fields).length === 0) return
    await write(fields, changedAt)
    for (const [field, value] of Object.entries(fields)) {
      if (unsaved[field] === value) delete unsaved[field]
    }
    if (Object.keys(unsaved).length > 0) return
    writeTail(myTail, undefined)
    update({ status: (await storage.durable()) ? "saved" : "memory" })
  }

  const save = (): Promise<void> => {
    clearTimeout(timer)
    timer = undefined
    writing = writing.then(writeUnsaved).catch(() => update({ status: "memory" }))
    return writing
  }

  const forget = (row: Partial<DraftRow>, keepFields: boolean): Promise<void> => {
    clearTimeout(timer)
    timer = undefined
    forgotten = true
    const last = unsaved
    const at = Date.now()
    unsaved = {}
    writeTail(myTail, undefined)
    for (const { key: left } of readTails(app, id)) writeTail(left, undefined)
    const { restoredAt: _, ...rest } = state
    state = { ...rest, value: initial, status: "clean" }
    signal.notify()
    tabs.post({ gone: true })
    const overwrite = (change: Change, before: DraftRow | undefined): void => {
      // The mutation may have been sent already, and its draft forgotten with it.
      if (keepFields && before?.gone) return
      const mine = before && !before.gone && (!before.mutation || before.mutation === row.mutation)
      const kept = mine ? before.fields : {}
      const fields = keepFields ? { ...kept, ...last } : {}
      const next: DraftRow = { id, subject, key, fields, times: {}, at, ...row }
      change.put("drafts", next)
    }
    const forgetOnDisk = (): Promise<void> =>
      storage.change(["drafts"], "strict", (change) =>
        change.get("drafts", id, (found) => overwrite(change, found as DraftRow | undefined)),
      )
    const done = writing.then(() => loaded).then(forgetOnDisk)
    writing = done.catch(() => undefined)
    return done
  }

  const stopLeaving = onLeave(() => {
    if (Object.keys(unsaved).length === 0) return
    writeTail(myTail, { fields: unsaved, at: changedAt })
    void save()
  })

  return {
    idle: () => signal.size === 0 && Object.keys(unsaved).length === 0,
    stop: () => {
      stopLeaving()
      tabs.stop()
    },
    draft: {
      store: { getSnapshot: () => state, subscribe: signal.subscribe },
      set: (patch) => {
        const kept = Object.fromEntries(Object.entries(patch).filter(([field]) => keeps(field)))
        Object.assign(unsaved, kept)
        changedAt = Math.max(Date.now(), changedAt + 1)
        update({ value: { ...state.value, ...patch }, status: "saving" })
        tabs.post({ fields: kept })
        timer ??= setTimeout(() => void save(), debounceMs)
      },
      flush: save,
      discard: () => forget({ gone: true }, false),
      commit: (mutation) =>
        mutation === undefined ? forget({ gone: true }, false) : forget({ mutation }, true),
    },
  }
}

/** Whether a component that starts with `initial` can be given `value`. */
function readable(initial: unknown, value: unknown): boolean {
  if (initial === undefined || initial === null || value === null) return true
  return typeof initial === typeof value && Array.isArray(initial) === Array.isArray(value)
}
