import { type Kysely, sql } from 'kysely'
import type { Dialect } from '../open.ts'

/** Up to when somebody's talk time has been counted: nobody can have talked longer than the time since. */
export async function up(db: Kysely<unknown>, dialect: Dialect): Promise<void> {
  const int = dialect === 'sqlite' ? 'integer' : 'bigint'
  await sql.raw(`alter table "talkTime" add column "countedTo" ${int} not null default 0`).execute(db)
}
