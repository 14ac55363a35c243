import { randomBytes } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { type FileHandle, mkdir, open, readdir, rename, rm, stat, statfs, unlink } from 'node:fs/promises'
import path from 'node:path'
import { Readable } from 'node:stream'
import { ConfigError } from '../config.ts'
import { NotFound, Unavailable } from '../errors.ts'
import { type ByteRange, checkKey, type Growing, type Storage, type StoredFile } from './storage.ts'

/** Folder of the data directory that holds stored files. */
export const MEDIA_FOLDER = 'media'
/** Files that are still being written. Keys cannot begin with a dot, so none ever lies here. */
export const INCOMING_FOLDER = '.incoming'

/** Storage in `<dataDir>/media`, readable by this user only. Removes what a killed process left half-written. */
export async function openDiskStorage(dataDir: string, reserveBytes = 0): Promise<Storage> {
  const root = path.join(dataDir, MEDIA_FOLDER)
  const incoming = path.join(root, INCOMING_FOLDER)
  try {
    await rm(incoming, { recursive: true, force: true })
    await mkdir(incoming, { recursive: true, mode: 0o700 })
  } catch (cause) {
    throw new ConfigError(`DATA_DIR: ${root} cannot be written: ${(cause as Error).message}`, { cause })
  }
  return new DiskStorage(root, incoming, reserveBytes)
}

class DiskStorage implements Storage {
  readonly #root: string
  readonly #incoming: string
  readonly #reserveBytes: number

  constructor(root: string, incoming: string, reserveBytes: number) {
    this.#root = root
    this.#incoming = incoming
    this.#reserveBytes = reserveBytes
  }

  async put(key: string, content: Readable): Promise<number> {
    const target = this.#fileOf(key)
    const fresh = path.join(this.#incoming, randomBytes(12).toString('hex'))
    try {
      const sizeBytes = await writeWhole(fresh, content)
      await mkdir(path.dirname(target), { recursive: true, mode: 0o700 })
      await rename(fresh, target)
      await syncFolder(path.dirname(target))
      return sizeBytes
    } catch (err) {
      content.destroy()
      await unlink(fresh).catch(() => undefined)
      throw asStorageError(err)
    }
  }

  async get(key: string, range?: ByteRange): Promise<Readable> {
    const handle = await open(this.#fileOf(key), 'r').catch((cause: unknown) => {
      throw missing(key, cause)
    })
    const found = await handle.stat()
    if (!found.isFile()) {
      await handle.close()
      throw missing(key)
    }
    const { start = 0, end = found.size - 1 } = range ?? {}
    if (start > end || start >= found.size) {
      await handle.close()
      return Readable.from([])
    }
    return createReadStream('', { fd: handle, start, end })
  }

  async size(key: string): Promise<number> {
    const found = await stat(this.#fileOf(key)).catch((cause: unknown) => {
      throw missing(key, cause)
    })
    if (!found.isFile()) throw missing(key)
    return found.size
  }

  async delete(key: string): Promise<void> {
    await unlink(this.#fileOf(key)).catch((err: unknown) => {
      if (!isAbsent(err)) throw err
    })
  }

  async grow(key: string): Promise<Growing> {
    const file = this.#fileOf(key)
    await mkdir(path.dirname(file), { recursive: true, mode: 0o700 })
    return {
      path: file,
      finish: async () => {
        const handle = await open(file, 'r+').catch((cause: unknown) => {
          throw missing(key, cause)
        })
        try {
          await handle.sync()
          return (await handle.stat()).size
        } finally {
          await handle.close()
        }
      },
      drop: () => this.delete(key).catch(() => undefined),
    }
  }

  lacksSpace(): Promise<string | null> {
    return lacksSpace(this.#root, this.#reserveBytes)
  }

  async *list(folder?: string): AsyncIterable<StoredFile> {
    const base = folder === undefined ? this.#root : this.#fileOf(folder)
    for (const entry of await entriesOf(base)) {
      const key = folder === undefined ? entry.name : `${folder}/${entry.name}`
      if (entry.name.startsWith('.')) continue
      if (entry.isDirectory()) yield* this.list(key)
      // One that was deleted meanwhile is no longer part of the list.
      const found = entry.isFile() ? await stat(this.#fileOf(key)).catch(() => null) : null
      if (found !== null) yield { key, sizeBytes: found.size }
    }
  }

  #fileOf(key: string): string {
    return path.join(this.#root, ...checkKey(key).split('/'))
  }
}

/** Why a folder's file system has too little room; null when it has more than `reserveBytes`, or cannot tell. */
export async function lacksSpace(folder: string, reserveBytes: number): Promise<string | null> {
  const found = await statfs(folder).catch(() => null)
  if (found === null) return null
  const freeBytes = found.bavail * found.bsize
  if (freeBytes > reserveBytes) return null
  const megabytes = (bytes: number) => `${Math.floor(bytes / 1e6)} MB`
  return `The disk of the data directory is nearly full: ${megabytes(freeBytes)} are free, ${megabytes(reserveBytes)} are kept free`
}

/** Writes all of `content` and waits until it is on the disk, not just in the system's memory. */
async function writeWhole(file: string, content: Readable): Promise<number> {
  const handle = await open(file, 'wx', 0o600)
  try {
    let sizeBytes = 0
    for await (const chunk of content) {
      const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : (chunk as Uint8Array)
      await writeAll(handle, bytes)
      sizeBytes += bytes.length
    }
    await handle.sync()
    return sizeBytes
  } finally {
    await handle.close()
  }
}

/** One write may take only a part of the bytes, as the last one before the disk is full does. */
async function writeAll(handle: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let done = 0; done < bytes.length;) done += (await handle.write(bytes, done)).bytesWritten
}

/** Without this a power loss may undo the rename although the bytes are there. Windows has no such call. */
async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return
  const handle = await open(folder, 'r')
  await handle.sync().finally(() => handle.close())
}

const entriesOf = (folder: string) =>
  readdir(folder, { withFileTypes: true }).catch((err: unknown) => {
    if (isAbsent(err)) return []
    throw err
  })

const codeOf = (err: unknown) => (err as NodeJS.ErrnoException | undefined)?.code
const isAbsent = (err: unknown): boolean => ['ENOENT', 'ENOTDIR'].includes(codeOf(err) ?? '')

function missing(key: string, cause?: unknown): unknown {
  if (cause !== undefined && !isAbsent(cause)) return cause
  return new NotFound('file_not_found', `There is no stored file '${key}'`, { cause })
}

/** A full disk or a used-up quota, told as what it is; anything else as it came. */
function asStorageError(err: unknown): unknown {
  if (!['ENOSPC', 'EDQUOT'].includes(codeOf(err) ?? '')) return err
  const message = 'The disk of the data directory is full: free some space and try again'
  return new Unavailable('storage_full', message, { cause: err })
}
