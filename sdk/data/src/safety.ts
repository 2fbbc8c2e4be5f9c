import { createBackups } from "./backup.ts"
import { checksum } from "./checksum.ts"
import type { DraftRow } from "./draft-row.ts"
import { BelayDataError, toDataError } from "./fault.ts"
import { withLock } from "./lock.ts"
import { createSignal, openTabs } from "./page.ts"
import { type Item, openPlaces, type Place } from "./place.ts"
import {
  type ConflictRow,
  type Plan,
  planMerge,
  planReplace,
  putAt,
  toConflict,
} from "./restore.ts"
import { databaseName, openStorage, type Row } from "./storage.ts"
import type {
  BackupInfo,
  Conflict,
  DataEvent,
  DataSafety,
  DataSafetyOptions,
  RestoreReport,
  SafetyState,
} from "./types.ts"

interface ExposedRow extends Row {
  readonly backup: string
  readonly at: number
}

const fewestBackups = 2
/** A page that waits longer for its backup stays with the old design; the backup goes on. */
const prepareWithinMs = 10_000

/**
 * Backs up what people have in this browser before a new design is shown to them, and brings it back with the old one.
 * Drafts and preferences of this package are always included.
 *
 * @example
 * ```ts
 * const data = createDataSafety({ app: "siteproof", sources: [{ kind: "local", keys: [/^siteproof\./] }] })
 * if (await data.beforeNew("ncr-form")) showNewForm()
 * ```
 */
export function createDataSafety(options: DataSafetyOptions): DataSafety {
  const { app } = options
  const storage = openStorage(app)
  const subject = (): string => options.subject?.() ?? ""
  const backups = createBackups(storage, subject)
  const keep = Math.max(options.keepBackups ?? fewestBackups, fewestBackups)
  const signal = createSignal()
  const preparing = new Map<string, Promise<boolean>>()
  const ready = new Set<string>()
  let state: SafetyState = { phase: "idle" }

  const update = (next: Partial<SafetyState>): void => {
    const { error: _, ...rest } = state
    state = { ...rest, ...next }
    signal.notify()
  }
  const tell = (event: DataEvent): void => {
    try {
      options.onEvent?.(event)
    } catch {
      // Counting must not keep data from being saved.
    }
  }
  const locked = async <T>(work: () => Promise<T>): Promise<T> => {
    let result: { value: T } | undefined
    await withLock(`belay:${app}:data`, async () => {
      result = { value: await work() }
    })
    if (!result) throw new BelayDataError("aborted", "The page was left before the work was done.")
    return result.value
  }
  const places = async (): Promise<readonly Place[]> => {
    const own = { kind: "idb", db: databaseName(app), stores: ["drafts", "preferences"] } as const
    const mine = JSON.stringify([subject()]).slice(0, -1)
    const ownPlaces = (await storage.durable())
      ? await openPlaces(own, (key) => typeof key === "string" && key.startsWith(`${mine},`))
      : []
    const all = await Promise.all((options.sources ?? []).map((source) => openPlaces(source)))
    return [...ownPlaces, ...all.flat()]
  }
  const readAll = async (): Promise<readonly Item[]> => {
    const all: Item[] = []
    for (const place of await places()) all.push(...(await place.read()))
    return all
  }
  const exposures = async (): Promise<readonly ExposedRow[]> =>
    (await storage.all<ExposedRow>("state")).filter((row) => row.id.startsWith("exposed:"))
  const exposedId = (flag: string): string => `exposed:${JSON.stringify([subject(), flag])}`

  const write = async (reason: string): Promise<BackupInfo> => {
    update({ phase: "backing-up" })
    const started = performance.now()
    try {
      const items = await readAll()
      if (!(await storage.durable())) {
        throw new BelayDataError(
          "unavailable",
          "This browser offers no lasting storage for a backup.",
        )
      }
      const info = await writeOrMakeRoom(items, reason)
      const used = new Set((await exposures()).map((row) => row.backup))
      await backups.prune(keep, used)
      update({ phase: "safe", lastBackup: info })
      tell({
        name: "backup_ok",
        value: performance.now() - started,
        properties: { items: info.items, bytes: info.bytes, reason },
      })
      return info
    } catch (error) {
      throw fail("backup_failed", error, "back up")
    }
  }
  /** A full disk first costs the oldest backups that nobody needs. */
  const writeOrMakeRoom = async (items: readonly Item[], reason: string): Promise<BackupInfo> => {
    try {
      return await backups.write(items, reason)
    } catch (error) {
      if (!(error instanceof BelayDataError) || error.code !== "quota") throw error
      await backups.prune(0, new Set((await exposures()).map((row) => row.backup)))
      return backups.write(items, reason)
    }
  }
  const fail = (
    name: "backup_failed" | "restore_failed",
    error: unknown,
    doing: string,
  ): BelayDataError => {
    const trouble = toDataError(error, doing)
    update({ phase: "failed", error: trouble.message })
    tell({ name, value: 1, properties: { code: trouble.code } })
    return trouble
  }

  const restore = async (mode: "merge" | "replace", wanted?: string): Promise<RestoreReport> => {
    const id = wanted ?? (await newestWhole())
    update({ phase: "restoring" })
    try {
      const items = await backups.read(id)
      if (mode === "replace") await backups.write(await readAll(), `before the restore of ${id}`)
      const plans = await planAll(mode, items)
      const conflicts = await keepConflicts(plans)
      for (const plan of plans) await plan.place.write(plan.keys, plan.decide)
      await refresh(plans)
      const report = {
        backup: id,
        restored: plans.reduce((sum, plan) => sum + plan.keys.length, 0),
        kept: plans.reduce((sum, plan) => sum + plan.kept, 0),
        conflicts,
      }
      update({ phase: "idle", lastRestore: report })
      tell({ name: "restore_ok", value: report.restored, properties: { mode, conflicts } })
      return report
    } catch (error) {
      throw fail("restore_failed", error, "bring the data back")
    }
  }
  const planAll = async (
    mode: "merge" | "replace",
    items: readonly Item[],
  ): Promise<readonly Plan[]> => {
    const plans: Plan[] = []
    for (const place of await places()) {
      plans.push(await (mode === "merge" ? planMerge : planReplace)(place, items))
    }
    return plans
  }
  const newestWhole = async (): Promise<string> => {
    for (const { id } of await backups.list()) if ((await backups.verify(id)).ok) return id
    throw new BelayDataError("missing", "There is no whole backup to bring back.")
  }
  /** What will lose is on disk before anything is changed. */
  const keepConflicts = async (plans: readonly Plan[]): Promise<number> => {
    const rows: ConflictRow[] = []
    for (const { place, losers } of plans) {
      for (const loser of losers) {
        const { sum } = await checksum(loser.other)
        rows.push(toConflict(subject(), place.place, loser, sum))
      }
    }
    if (rows.length > 0) {
      await storage.change(["conflicts"], "strict", (change) => {
        for (const row of rows) change.put("conflicts", row)
      })
    }
    return rows.length
  }
  /** Drafts and preferences that are open in this and other tabs take over what came back. */
  const refresh = async (plans: readonly Plan[]): Promise<void> => {
    const preferences = openTabs(`preferences:${app}:${subject()}`, () => undefined)
    preferences.post({ reload: true })
    preferences.stop()
    const drafts = plans.find((plan) => plan.place.place === `idb:${databaseName(app)}/drafts`)
    for (const key of drafts?.keys ?? []) {
      const row = await storage.get<DraftRow>("drafts", String(key))
      if (!row) continue
      const line = openTabs(`draft:${app}:${row.id}`, () => undefined)
      line.post({ fields: row.fields })
      line.stop()
    }
  }

  const prepare = async (flag: string): Promise<boolean> => {
    const id = exposedId(flag)
    const before = await storage.get<ExposedRow>("state", id)
    const present = await backups.list()
    if (before && present.some((info) => info.id === before.backup)) return true
    if (!(await storage.durable()) && (await readAll()).length === 0) return true
    const info = await write(`before ${flag}`)
    const { ok } = await backups.verify(info.id)
    if (!ok)
      throw fail("backup_failed", new BelayDataError("corrupt", "The backup is damaged."), "")
    const row: ExposedRow = { id, backup: info.id, at: Date.now() }
    await storage.change(["state"], "strict", (change) => change.put("state", row))
    return true
  }
  const prepareInTime = async (flag: string): Promise<boolean> => {
    let timer: ReturnType<typeof setTimeout> | undefined
    const late = new Promise<never>((_, reject) => {
      const error = new BelayDataError("timeout", "The backup took longer than 10 s.")
      timer = setTimeout(() => reject(error), prepareWithinMs)
    })
    try {
      await Promise.race([locked(() => prepare(flag)), late])
      ready.add(flag)
      return true
    } catch (error) {
      const { code } = toDataError(error, "back up")
      tell({ name: "flip_deferred", value: 1, properties: { flag, code } })
      preparing.delete(flag)
      return false
    } finally {
      clearTimeout(timer)
    }
  }

  const bringBack = async (flag: string): Promise<RestoreReport | undefined> => {
    const id = exposedId(flag)
    const row = await storage.get<ExposedRow>("state", id)
    if (!row) return undefined
    const whole = await backups.verify(row.backup).catch(() => undefined)
    const report = await restore("merge", whole?.ok ? row.backup : undefined)
    await storage.change(["state"], "strict", (change) => change.delete("state", id))
    return report
  }

  return {
    state: { getSnapshot: () => state, subscribe: signal.subscribe },
    backup: (about = {}) => locked(() => write(about.reason ?? "by hand")),
    list: backups.list,
    verify: backups.verify,
    restore: (about = {}) => locked(() => restore(about.mode ?? "merge", about.backup)),
    conflicts: async () => {
      const all = await storage.all<ConflictRow>("conflicts")
      return all.filter((row) => row.subject === subject()).map(toPublic)
    },
    resolve: async (id, take) => {
      const row = await storage.get<ConflictRow>("conflicts", id)
      if (!row || row.subject !== subject()) {
        throw new BelayDataError("missing", `There is no conflict ${id}.`)
      }
      if (take === "other") {
        const place = (await places()).find((candidate) => candidate.place === row.where)
        if (!place) throw new BelayDataError("missing", `${row.where} is no longer there.`)
        await place.write([row.key], (_, now) => putAt(now, row.path, row.other))
      }
      await storage.change(["conflicts"], "strict", (change) => change.delete("conflicts", id))
    },
    prepared: (flag) => ready.has(flag),
    beforeNew: (flag) => {
      const under = preparing.get(flag) ?? prepareInTime(flag)
      if (!ready.has(flag)) preparing.set(flag, under)
      return under
    },
    afterBack: async (flag) => {
      ready.delete(flag)
      preparing.delete(flag)
      return (await storage.get("state", exposedId(flag)))
        ? locked(() => bringBack(flag))
        : undefined
    },
    purge: () =>
      locked(async () => {
        await backups.purge()
        await purgeRows()
        ready.clear()
        preparing.clear()
      }),
  }

  async function purgeRows(): Promise<void> {
    const mine = JSON.stringify([subject()]).slice(0, -1)
    const drafts = (await storage.all("drafts")).filter((row) => row.id.startsWith(`${mine},`))
    const preferences = (await storage.all("preferences")).filter((row) =>
      row.id.startsWith(`${mine},`),
    )
    const conflicts = (await storage.all<ConflictRow>("conflicts")).filter(
      (row) => row.subject === subject(),
    )
    const marks = (await exposures()).filter((row) => row.id.startsWith(`exposed:${mine},`))
    await storage.change(["drafts", "preferences", "conflicts", "state"], "strict", (change) => {
      for (const row of drafts) change.delete("drafts", row.id)
      for (const row of preferences) change.delete("preferences", row.id)
      for (const row of conflicts) change.delete("conflicts", row.id)
      for (const row of marks) change.delete("state", row.id)
    })
    try {
      localStorage.removeItem(`belay:preferences:${app}:${subject()}`)
      const tails = Object.keys(localStorage).filter((key) =>
        key.startsWith(`belay:tail:${app}:${mine},`),
      )
      for (const key of tails) localStorage.removeItem(key)
    } catch {
      // Refused storage holds nothing.
    }
  }
}

function toPublic({ id, at, place, path, chosen, other }: ConflictRow): Conflict {
  return { id, at, place, path, chosen, other }
}
