import { type Kysely, sql } from 'kysely'
import type { Dialect } from '../open.ts'

/** Who makes a recording and where its bytes lie, who agreed to it, and files that wait for their deletion. */
export async function up(db: Kysely<unknown>, dialect: Dialect): Promise<void> {
  const isSqlite = dialect === 'sqlite'
  const strict = isSqlite ? ' strict' : ''
  const int = isSqlite ? 'integer' : 'bigint'
  const seq = isSqlite
    ? 'integer primary key autoincrement'
    : 'bigint generated always as identity primary key'
  const statements = [
    `alter table "recording" add column "driver" text not null default 'builtin'`,
    `alter table "recording" add column "egressId" text`,
    `alter table "recording" add column "holder" text`,
    `alter table "recording" add column "leaseUntil" ${int}`,
    `alter table "recording" add column "activeAt" ${int}`,
    `alter table "recording" add column "stopReason" text`,
    `alter table "recording" add column "title" text`,
    `alter table "recording" add column "startedByName" text`,
    `alter table "recording" add column "startedByIdentity" text`,
    `alter table "recording" add column "mediaKey" text`,
    `alter table "recording" add column "thumbnailKey" text`,
    // One at a time in a room, whoever asks and on whichever instance.
    `create unique index "recording_running" on "recording" ("roomId")
      where "status" in ('starting', 'active', 'ending')`,
    `create index "recording_egress" on "recording" ("egressId") where "egressId" is not null`,
    `create table "recordingConsent" (
      "seq" ${seq},
      "recordingId" text not null references "recording" ("recordingId") on delete cascade,
      "identity" text not null,
      "name" text not null,
      "userId" text,
      "answer" text not null,
      "text" text not null,
      "at" ${int} not null,
      unique ("recordingId", "identity")
    )${strict}`,
    `create table "mediaTrash" (
      "key" text not null primary key,
      "addedAt" ${int} not null
    )${strict}`,
  ]
  for (const statement of statements) await sql.raw(statement).execute(db)
}
