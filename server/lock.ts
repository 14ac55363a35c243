import path from 'node:path'
import SqliteDatabase from 'better-sqlite3'
import { ConfigError } from './config.ts'

/**
 * Holds the data directory for this process until it ends, however it ends: the lock is the operating system's,
 * on a file that SQLite keeps open. Throws {@link ConfigError} while another Parley holds it.
 */
export function lockDataDir(dataDir: string): () => void {
  const lock = new SqliteDatabase(path.join(dataDir, 'parley.lock'), { timeout: 0 })
  try {
    lock.exec('BEGIN EXCLUSIVE')
  } catch (cause) {
    lock.close()
    throw new ConfigError(
      `DATA_DIR: ${dataDir} is in use by another Parley; stop it or set another DATA_DIR`,
      { cause },
    )
  }
  return () => lock.close()
}
