import { randomBytes } from 'node:crypto'
import { mkdir, readdir, rename, rm, rmdir, stat, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { type Config, ConfigError } from '../config.ts'
import { copySqlite } from '../db/open.ts'
import { INCOMING_FOLDER, MEDIA_FOLDER } from '../storage/disk.ts'
import { VERSION } from '../version.ts'
import { copyFile, DATABASE_FILE, FILES_FOLDER, type Manifest, MANIFEST } from './manifest.ts'
import { RESTORED_OVER, RESTORING } from './restore.ts'

/**
 * What of a data directory is no part of a backup: what the next start makes again, what is half-written, logs,
 * and what an earlier restore has put aside. The database is copied by SQLite itself.
 */
const isLeftOut = (file: string): boolean =>
  file.startsWith(DATABASE_FILE) ||
  file.startsWith('parley.lock') ||
  file.startsWith(RESTORED_OVER) ||
  file.startsWith(RESTORING) ||
  file === 'livekit' ||
  file === `${MEDIA_FOLDER}/${INCOMING_FOLDER}` ||
  file.endsWith('.log')

/**
 * Copies the database, as it is at one moment, and then all files of the data directory to `directory`, which
 * must be new or empty; a Parley may run meanwhile. The directory appears when it is complete, readable by this
 * user only. With PostgreSQL the database itself is left to pg_dump. Throws {@link ConfigError} for what the
 * operator can mend; nothing is left behind then.
 */
export async function backUp(config: Config, directory: string, now: Date): Promise<Manifest> {
  const { dataDir } = config
  const target = path.resolve(directory)
  if (!path.relative(dataDir, target).startsWith('..'))
    throw new ConfigError(
      `${target} lies in the data directory, which would then copy itself: name another place`,
    )
  if (!(await isNewOrEmpty(target)))
    throw new ConfigError(`${target} holds something already: name a new directory, or empty that one`)
  await refuseNothing(config)

  const partial = `${target}.partial-${randomBytes(4).toString('hex')}`
  try {
    const into = path.join(partial, FILES_FOLDER)
    await mkdir(into, { recursive: true, mode: 0o700 })
    const files: Manifest['files'] = []
    // The database first: a file that comes later is only one too many, one that a row names must be there.
    if (config.database.kind === 'sqlite') {
      const copy = path.join(partial, 'sqlite')
      await copySqlite(config.database.file, copy)
      files.push(await take(copy, into, DATABASE_FILE, 0o600))
      await rm(copy)
    }
    for await (const { file, mode } of walk(dataDir)) {
      const from = path.join(dataDir, file)
      const entry = await take(from, into, file, mode).catch((err: unknown) => {
        // Deleted since it was listed: then it belongs to no backup.
        if ((err as NodeJS.ErrnoException).code === 'ENOENT') return null
        throw err
      })
      if (entry !== null) files.push(entry)
    }
    const manifest: Manifest = {
      format: 1,
      version: VERSION,
      createdAt: now.toISOString(),
      database: config.database.kind,
      files,
    }
    await writeFile(path.join(partial, MANIFEST), `${JSON.stringify(manifest, null, 2)}\n`, {
      mode: 0o600,
      flush: true,
    })
    await rmdir(target).catch(() => undefined)
    await rename(partial, target)
    return manifest
  } catch (err) {
    await rm(partial, { recursive: true, force: true })
    throw err
  }
}

async function take(
  from: string,
  into: string,
  file: string,
  mode: number,
): Promise<Manifest['files'][number]> {
  const to = path.join(into, file)
  await mkdir(path.dirname(to), { recursive: true, mode: 0o700 })
  const copied = await copyFile(from, to, mode).catch(async (err: unknown) => {
    await rm(to, { force: true })
    throw err
  })
  return { path: file, ...copied, mode }
}

/** Files below `root` with `/` in their paths; links are followed, as an operator may have put media elsewhere. */
async function* walk(root: string, folder = ''): AsyncIterable<{ file: string; mode: number }> {
  for (const name of (await readdir(path.join(root, folder))).sort()) {
    const file = folder === '' ? name : `${folder}/${name}`
    if (isLeftOut(file)) continue
    const found = await stat(path.join(root, file)).catch(() => null)
    if (found?.isDirectory() === true) yield* walk(root, file)
    else if (found?.isFile() === true) yield { file, mode: found.mode & 0o777 }
  }
}

async function isNewOrEmpty(directory: string): Promise<boolean> {
  try {
    return (await readdir(directory)).length === 0
  } catch (err) {
    if ((err as NodeJS.ErrnoException).code === 'ENOENT') return true
    throw new ConfigError(`${directory} cannot be used for a backup: ${(err as Error).message}`, {
      cause: err,
    })
  }
}

async function refuseNothing(config: Config): Promise<void> {
  const needed = config.database.kind === 'sqlite' ? config.database.file : config.dataDir
  if ((await stat(needed).catch(() => null)) === null)
    throw new ConfigError(
      `DATA_DIR: there is nothing to back up in ${config.dataDir}: ${needed} does not exist`,
    )
}
