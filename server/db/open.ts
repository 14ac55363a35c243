import SqliteDatabase from 'better-sqlite3'
import { Kysely, PostgresAdapter, PostgresDialect, sql, SqliteDialect } from 'kysely'
import { Pool, types } from 'pg'
import { type Config, ConfigError } from '../config.ts'
import type { Logger } from '../log.ts'
import type { Tables } from './schema.ts'

export type Dialect = 'sqlite' | 'postgres'
export type Db = Kysely<Tables>

/** Our integers (times, counts) stay far below 2^53, so Postgres' bigint is read as a number. */
types.setTypeParser(types.builtins.INT8, Number)

/**
 * Whether rows that a transaction reads and then changes must be locked (`FOR UPDATE`). SQLite has one writer and
 * no such clause.
 */
export const needsRowLocks = (db: Db): boolean => db.getExecutor().adapter instanceof PostgresAdapter

export interface Database {
  db: Db
  dialect: Dialect
  /** Changes with every change of the database; null where others may change it unseen (PostgreSQL). */
  version(): string | null
  /**
   * A transaction whose commit waits for no disk: whole or not at all, and safe from a crash of this process, but a
   * power failure may undo it. For what is done again then.
   */
  lazyTransaction<T>(work: (tx: Db) => Promise<T>): Promise<T>
  close(): Promise<void>
}

/** Opens SQLite (WAL, foreign keys on) or PostgreSQL. Throws {@link ConfigError} if it cannot be reached. */
export async function openDatabase(config: Config, log: Logger): Promise<Database> {
  return config.database.kind === 'sqlite'
    ? openSqlite(config.database.file)
    : openPostgres(config.database.url, log)
}

function openSqlite(file: string): Database {
  let sqlite: SqliteDatabase.Database
  try {
    sqlite = new SqliteDatabase(file)
    sqlite.pragma('journal_mode = WAL')
  } catch (cause) {
    throw new ConfigError(`The database ${file} cannot be opened: ${(cause as Error).message}`, {
      cause,
    })
  }
  sqlite.pragma('foreign_keys = ON')
  // With WAL, NORMAL may lose the last commits on power loss but never corrupts; FULL keeps every answered write.
  sqlite.pragma('synchronous = FULL')
  sqlite.pragma('busy_timeout = 5000')
  const version = versionOf(sqlite)
  const db = new Kysely<Tables>({ dialect: new SqliteDialect({ database: preparedOnce(sqlite, version) }) })
  return {
    db,
    dialect: 'sqlite',
    version,
    // Kysely has one connection to SQLite, so nobody else commits meanwhile. Not by a prepared statement: this pragma
    // takes effect when it is compiled.
    lazyTransaction: (work) =>
      db.connection().execute(async (connection) => {
        sqlite.pragma('synchronous = NORMAL')
        try {
          return await connection.transaction().execute(work)
        } finally {
          sqlite.pragma('synchronous = FULL')
        }
      }),
    close: () => db.destroy(),
  }
}

/** Tells that nothing changed since: neither by us (`total_changes`) nor by another process (`data_version`). */
function versionOf(sqlite: SqliteDatabase.Database): () => string {
  const ownChanges = sqlite.prepare('select total_changes()').pluck()
  const otherChanges = sqlite.prepare('pragma data_version').pluck()
  return () => `${String(ownChanges.get())} ${String(otherChanges.get())}`
}

/**
 * Prepares each text once: that takes as long as running a small query. Texts with lists of any length in them
 * are many, so all are forgotten when there are {@link MAX_STATEMENTS}.
 *
 * Answers of reading statements are kept, frozen, until anything in the database changes: the same few reads are
 * most of what a server does.
 */
function preparedOnce(sqlite: SqliteDatabase.Database, version: () => string) {
  const known = new Map<string, SqliteDatabase.Statement<readonly unknown[]> | CachedReader>()
  const answers = new Map<string, readonly unknown[]>()
  let seen = ''

  const cached = (text: string, statement: SqliteDatabase.Statement<readonly unknown[]>): CachedReader => ({
    reader: true,
    all: (parameters) => {
      // Inside a transaction a read must see what it wrote.
      if (sqlite.inTransaction) return statement.all(parameters)
      const now = version()
      if (now !== seen || answers.size >= MAX_ANSWERS) {
        answers.clear()
        seen = now
      }
      const key = `${text} ${JSON.stringify(parameters)}`
      let rows = answers.get(key)
      if (rows === undefined) {
        rows = Object.freeze(statement.all(parameters).map((row) => Object.freeze(row)))
        if (rows.length <= MAX_ANSWER_ROWS) answers.set(key, rows)
      }
      // Kysely only reads it; who would change it meets the freeze.
      return rows as unknown[]
    },
    run: (parameters) => statement.run(parameters),
    iterate: (parameters) => statement.iterate(parameters),
  })

  return {
    prepare: (text: string) => {
      let statement = known.get(text)
      if (statement === undefined) {
        if (known.size >= MAX_STATEMENTS) known.clear()
        const plain = sqlite.prepare<readonly unknown[]>(text)
        statement = plain.reader && plain.readonly ? cached(text, plain) : plain
        known.set(text, statement)
      }
      return statement
    },
    close: () => sqlite.close(),
  }
}
const MAX_STATEMENTS = 500
const MAX_ANSWERS = 300
const MAX_ANSWER_ROWS = 50

/** What Kysely calls of a prepared statement. */
interface CachedReader {
  reader: true
  all: (parameters: readonly unknown[]) => unknown[]
  run: (parameters: readonly unknown[]) => SqliteDatabase.RunResult
  iterate: (parameters: readonly unknown[]) => IterableIterator<unknown>
}

/**
 * Writes a copy of a SQLite database, as it is at this moment, to the new file `target`, while others read and
 * write it. Throws {@link ConfigError} when the database is damaged.
 */
export async function copySqlite(file: string, target: string): Promise<void> {
  const source = new SqliteDatabase(file, { fileMustExist: true })
  try {
    // SQLite begins a copy anew whenever another process has written. Within a read transaction it sees none of
    // that, so that a busy server cannot keep a backup from ever ending.
    source.exec('begin')
    source.prepare('select count(*) from sqlite_schema').get()
    await source.backup(target)
  } finally {
    source.close()
  }
  const copy = new SqliteDatabase(target)
  const found = copy.pragma('quick_check', { simple: true })
  copy.close()
  if (found !== 'ok')
    throw new ConfigError(`The database ${file} is damaged, restore a backup: ${String(found)}`)
}

async function openPostgres(url: string, log: Logger): Promise<Database> {
  const pool = new Pool({ connectionString: url, max: 10, connectionTimeoutMillis: 5000 })
  pool.on('error', (err) => log.warn({ err }, 'idle database connection lost'))
  try {
    const client = await pool.connect()
    client.release()
  } catch (cause) {
    const { host, port, database } = pool.options
    const where = `${host ?? new URL(url).host}${port === undefined ? '' : `:${port}`}${database === undefined ? '' : `/${database}`}`
    throw new ConfigError(`DATABASE_URL: no connection to ${where}: ${(cause as Error).message}`, {
      cause,
    })
  }
  const db = new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) })
  return {
    db,
    dialect: 'postgres',
    version: () => null,
    lazyTransaction: (work) =>
      db.transaction().execute(async (tx) => {
        await sql`set local synchronous_commit = off`.execute(tx)
        return work(tx)
      }),
    close: () => db.destroy(),
  }
}
