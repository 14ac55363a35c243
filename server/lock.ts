import path from 'node:path'
import SqliteDatabase from 'better-sqlite3'
import { ConfigError } from './config.ts'

/**
 * Holds the data directory for this process until it ends, however it ends: the lock is the operating system's,
 * on a file that SQLite keeps open. Throws {@link ConfigError} while another Parley holds it and where the
 * file cannot be written.
 */
export function lockDataDir(dataDir: string): () => void {
  const file = path.join(dataDir, 'parley.lock')
  const refused = (cause: unknown) => {
    const { code } = cause as { code?: string }
    return new ConfigError(
      code?.startsWith('SQLITE_BUSY')
        ? `DATA_DIR: ${dataDir} is in use by another Parley; stop it or set another DATA_DIR`
        : `DATA_DIR: ${file} cannot be opened (${code}); choose a directory that this user owns`,
      { cause },
    )
  }
  let lock: SqliteDatabase.Database
  try {
    lock = new SqliteDatabase(file, { timeout: 0 })
  } catch (cause) {
    throw refused(cause)
  }
  try {
    lock.exec('BEGIN EXCLUSIVE')
  } catch (cause) {
    lock.close()
    throw refused(cause)
  }
  return () => lock.close()
}
