import { type Kysely, Migrator, type Migration, sql } from 'kysely'
import { ConfigError } from '../config.ts'
import * as init from './migrations/0001-init.ts'
import * as keyUsage from './migrations/0002-key-usage.ts'
import * as recordings from './migrations/0003-recordings.ts'
import * as webhooks from './migrations/0004-webhooks.ts'
import * as accounts from './migrations/0005-accounts.ts'
import * as hosting from './migrations/0006-hosting.ts'
import * as oauth from './migrations/0008-oauth.ts'
import * as scheduledMeetings from './migrations/0009-scheduled-meetings.ts'
import * as talkTime from './migrations/0011-talk-time.ts'
import type { Db, Dialect } from './open.ts'

interface NumberedMigration {
  up: (db: Kysely<unknown>, dialect: Dialect) => Promise<void>
}

/** Every migration in order. A released one is never edited; add the next number. */
const MIGRATIONS: Record<string, NumberedMigration> = {
  '0001-init': init,
  '0002-key-usage': keyUsage,
  '0003-recordings': recordings,
  '0004-webhooks': webhooks,
  '0005-accounts': accounts,
  '0006-hosting': hosting,
  '0008-oauth': oauth,
  '0009-scheduled-meetings': scheduledMeetings,
  '0011-talk-time': talkTime,
}

/**
 * Brings the database to this release. Kysely's migrator holds a lock, so several instances may start at once.
 * Throws a {@link ConfigError} when the database was written by a newer release.
 */
export async function migrate(typed: Db, dialect: Dialect): Promise<void> {
  // Migrations write SQL of their own time, not of today's tables.
  const db = typed as unknown as Kysely<unknown>
  const applied = await appliedMigrations(db)
  const unknown = applied.filter((name) => MIGRATIONS[name] === undefined)
  if (unknown.length > 0) {
    throw new ConfigError(
      `The database was written by a newer release of Parley (it has migration ${unknown[0]}): ` +
        'start that release, or restore a backup made by this one',
    )
  }
  if (applied.length === Object.keys(MIGRATIONS).length) return
  const provider = {
    getMigrations: async (): Promise<Record<string, Migration>> =>
      Object.fromEntries(
        Object.entries(MIGRATIONS).map(([name, { up }]) => [
          name,
          { up: (tx: Kysely<unknown>) => up(tx, dialect) },
        ]),
      ),
  }
  const { error } = await new Migrator({ db, provider }).migrateToLatest()
  if (error !== undefined) throw error
}

async function appliedMigrations(db: Kysely<unknown>): Promise<string[]> {
  const tables = await db.introspection.getTables({ withInternalKyselyTables: true })
  if (!tables.some((table) => table.name === 'kysely_migration')) return []
  const { rows } = await sql<{ name: string }>`select "name" from "kysely_migration" order by "name"`.execute(
    db,
  )
  return rows.map((row) => row.name)
}
