import { checksum } from "./checksum.ts"
import { BelayDataError } from "./fault.ts"
import type { Item } from "./place.ts"
import type { Row, Storage } from "./storage.ts"
import type { BackupInfo, VerifyReport } from "./types.ts"

interface ChunkRow extends Row {
  readonly items: readonly Item[]
}

interface ManifestRow extends Row, BackupInfo {
  readonly subject: string
  readonly seq: number
  /** Checksum of each chunk, in order. */
  readonly sums: readonly string[]
  /** Oldest reader that understands this form. */
  readonly form: 1
}

interface CounterRow extends Row {
  readonly last: number
}

/** Items are grouped into chunks of about this size, so that no transaction is large. */
const chunkBytes = 256 * 1024

/** The backups of one subject. */
export interface Backups {
  /** Exists once its manifest is on disk, and the manifest is written last. */
  write(items: readonly Item[], reason: string): Promise<BackupInfo>
  /** Newest first. */
  list(): Promise<readonly BackupInfo[]>
  verify(id?: string): Promise<VerifyReport>
  /** The contents, every checksum compared; `corrupt` when one is wrong. */
  read(id: string): Promise<readonly Item[]>
  /** Deletes the oldest beyond `keep`, and what writes that were broken off have left; `used` ones stay. */
  prune(keep: number, used: ReadonlySet<string>): Promise<void>
  purge(): Promise<void>
}

export function createBackups(storage: Storage, subject: () => string): Backups {
  const manifests = async (): Promise<readonly ManifestRow[]> => {
    const all = await storage.all<ManifestRow>("manifests")
    return all.filter((row) => row.subject === subject()).sort((one, other) => other.seq - one.seq)
  }
  const find = async (id: string | undefined): Promise<ManifestRow> => {
    const all = await manifests()
    const found = id === undefined ? all[0] : all.find((row) => row.id === id)
    if (!found) {
      throw new BelayDataError(
        "missing",
        id ? `There is no backup ${id}.` : "There is no backup yet.",
      )
    }
    return found
  }
  const nextNumber = async (): Promise<number> => {
    let seq = 0
    await storage.change(["state"], "relaxed", (change) =>
      change.get("state", "backups", (row) => {
        seq = ((row as CounterRow | undefined)?.last ?? 0) + 1
        change.put("state", { id: "backups", last: seq } as CounterRow)
      }),
    )
    return seq
  }
  const readChunks = async (
    manifest: ManifestRow,
  ): Promise<{ readonly items: readonly Item[]; readonly damaged: readonly number[] }> => {
    const items: Item[] = []
    const damaged: number[] = []
    for (const [index, expected] of manifest.sums.entries()) {
      const row = await storage.get<ChunkRow>("chunks", chunkId(manifest.id, index))
      const good = row !== undefined && (await checksum(row.items)).sum === expected
      if (good) items.push(...row.items)
      else damaged.push(index)
    }
    return { items, damaged }
  }
  const remove = (manifest: ManifestRow): Promise<void> =>
    storage.change(["manifests", "chunks"], "relaxed", (change) => {
      change.delete("manifests", manifest.id)
      for (const index of manifest.sums.keys()) change.delete("chunks", chunkId(manifest.id, index))
    })

  return {
    write: async (items, reason) => {
      const seq = await nextNumber()
      const id = `bkp_${String(seq).padStart(8, "0")}`
      const sums: string[] = []
      let bytes = 0
      for (const [index, chunk] of (await chunksOf(items)).entries()) {
        sums.push(chunk.sum)
        bytes += chunk.bytes
        const row: ChunkRow = { id: chunkId(id, index), items: chunk.items }
        await storage.change(["chunks"], "relaxed", (change) => change.put("chunks", row))
      }
      const about = { id, at: Date.now(), reason, items: items.length, bytes }
      const manifest: ManifestRow = { ...about, subject: subject(), seq, sums, form: 1 }
      await storage.change(["manifests"], "strict", (change) => change.put("manifests", manifest))
      return about
    },
    list: async () => (await manifests()).map(toInfo),
    verify: async (id) => {
      const manifest = await find(id)
      const { damaged } = await readChunks(manifest)
      return { id: manifest.id, ok: damaged.length === 0, chunks: manifest.sums.length, damaged }
    },
    read: async (id) => {
      const { items, damaged } = await readChunks(await find(id))
      if (damaged.length > 0) {
        throw new BelayDataError("corrupt", `Backup ${id} is damaged; an older one may be whole.`)
      }
      return items
    },
    prune: async (keep, used) => {
      const all = await manifests()
      for (const manifest of all.slice(keep)) if (!used.has(manifest.id)) await remove(manifest)
      await removeOrphans(storage)
    },
    purge: async () => {
      for (const manifest of await manifests()) await remove(manifest)
    },
  }
}

/** Chunks without a manifest, older than the newest manifest, belong to backups that were never finished. */
async function removeOrphans(storage: Storage): Promise<void> {
  const ids = new Set((await storage.all("manifests")).map((row) => row.id))
  const newest = [...ids].sort().at(-1) ?? ""
  const orphans = (await storage.all<ChunkRow>("chunks"))
    .map((row) => row.id)
    .filter((id) => !ids.has(ownerOf(id)) && ownerOf(id) < newest)
  if (orphans.length === 0) return
  await storage.change(["chunks"], "relaxed", (change) => {
    for (const id of orphans) change.delete("chunks", id)
  })
}

function chunkId(backup: string, index: number): string {
  return `${backup}:${index}`
}

function ownerOf(chunk: string): string {
  return chunk.slice(0, chunk.indexOf(":"))
}

async function chunksOf(
  items: readonly Item[],
): Promise<
  readonly { readonly items: readonly Item[]; readonly sum: string; readonly bytes: number }[]
> {
  const groups: Item[][] = []
  let size = Number.POSITIVE_INFINITY
  for (const item of items) {
    const { bytes } = await checksum(item)
    if (size + bytes > chunkBytes) {
      groups.push([])
      size = 0
    }
    groups.at(-1)?.push(item)
    size += bytes
  }
  return Promise.all(groups.map(async (group) => ({ items: group, ...(await checksum(group)) })))
}

function toInfo({ id, at, reason, items, bytes }: ManifestRow): BackupInfo {
  return { id, at, reason, items, bytes }
}
