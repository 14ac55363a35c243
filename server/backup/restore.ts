import { randomBytes } from 'node:crypto'
import { mkdir, readdir, readFile, rename, rm, rmdir } from 'node:fs/promises'
import path from 'node:path'
import { type Config, ConfigError } from '../config.ts'
import { lockDataDir } from '../lock.ts'
import { copyFile, FILES_FOLDER, Manifest, MANIFEST } from './manifest.ts'

/** Beginning of the folder's name to which a restore moves what was in the data directory. */
export const RESTORED_OVER = 'before-restore-'
/** Beginning of the folder's name in which a restore gathers and checks what comes. */
export const RESTORING = '.restoring-'

export interface Restored {
  manifest: Manifest
  /** Where the earlier content of the data directory lies now; null when there was none. */
  movedTo: string | null
}

/**
 * Makes the data directory what it was when the backup was made. Every file is copied and checked before the
 * first one changes places, and what was there before is moved to a folder of the data directory, not deleted:
 * a data directory is often a mount point, so it is never renamed itself. Throws {@link ConfigError} while a
 * Parley runs on the data directory, and for a directory that is no backup, is damaged, or is of another kind
 * of database; nothing has changed then.
 */
export async function restore(config: Config, directory: string, now: Date): Promise<Restored> {
  const { dataDir } = config
  const source = path.resolve(directory)
  const manifest = await readManifest(source)
  if (manifest.database !== config.database.kind)
    throw new ConfigError(
      manifest.database === 'sqlite'
        ? `${source} holds a SQLite database, but DATABASE_URL names a PostgreSQL: unset it to restore this backup`
        : `${source} was made with PostgreSQL: set DATABASE_URL as it was then to restore this backup`,
    )
  await mkdir(dataDir, { recursive: true, mode: 0o700 }).catch((cause: unknown) => {
    throw new ConfigError(`DATA_DIR: ${dataDir} cannot be made: ${(cause as Error).message}`, { cause })
  })
  const unlock = lockDataDir(dataDir)
  const gathered = path.join(dataDir, RESTORING + randomBytes(4).toString('hex'))
  try {
    await mkdir(gathered, { mode: 0o700 })
    for (const file of manifest.files) await takeChecked(source, gathered, file)
    const movedTo = await moveAside(dataDir, path.basename(gathered), now)
    for (const name of await readdir(gathered))
      await rename(path.join(gathered, name), path.join(dataDir, name))
    await rmdir(gathered)
    return { manifest, movedTo }
  } finally {
    await rm(gathered, { recursive: true, force: true })
    unlock()
  }
}

async function readManifest(source: string): Promise<Manifest> {
  const file = path.join(source, MANIFEST)
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new ConfigError(`${source} is not a backup: ${MANIFEST} cannot be read there`, { cause })
  })
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (cause) {
    throw new ConfigError(`The backup is damaged: ${file} is not JSON`, { cause })
  }
  const format = (value as { format?: unknown } | null)?.format
  if (typeof format === 'number' && format > 1)
    throw new ConfigError(`${source} was made by a newer release of Parley: restore it with that one`)
  const parsed = Manifest.safeParse(value)
  if (!parsed.success)
    throw new ConfigError(
      `The backup is damaged: ${file} is not a manifest (${parsed.error.issues[0]?.path.join('.')})`,
    )
  return parsed.data
}

async function takeChecked(source: string, into: string, file: Manifest['files'][number]): Promise<void> {
  const to = path.join(into, file.path)
  await mkdir(path.dirname(to), { recursive: true, mode: 0o700 })
  const copied = await copyFile(path.join(source, FILES_FOLDER, file.path), to, file.mode).catch(
    (cause: unknown) => {
      if ((cause as NodeJS.ErrnoException).code !== 'ENOENT') throw cause
      throw new ConfigError(`The backup is damaged: ${file.path} is missing. Nothing was changed`, { cause })
    },
  )
  if (copied.sha256 !== file.sha256 || copied.sizeBytes !== file.sizeBytes)
    throw new ConfigError(
      `The backup is damaged: ${file.path} is not what was backed up. Nothing was changed`,
    )
}

/** Moves all but the lock, LiveKit's cache and earlier leftovers into a fresh folder of the data directory. */
async function moveAside(dataDir: string, gathered: string, now: Date): Promise<string | null> {
  const names = (await readdir(dataDir)).filter(
    (name) =>
      name !== gathered &&
      name !== 'livekit' &&
      !name.startsWith('parley.lock') &&
      !name.startsWith(RESTORED_OVER),
  )
  if (names.length === 0) return null
  const aside = path.join(dataDir, RESTORED_OVER + now.toISOString().replaceAll(/[:.]/g, '-'))
  await mkdir(aside, { mode: 0o700 })
  for (const name of names) await rename(path.join(dataDir, name), path.join(aside, name))
  return aside
}
