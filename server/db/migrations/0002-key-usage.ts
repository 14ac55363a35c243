import { type Kysely, sql } from 'kysely'
import type { Dialect } from '../open.ts'

/** What keys did, answers kept for idempotent repeats, and when a sandbox meeting ends. */
export async function up(db: Kysely<unknown>, dialect: Dialect): Promise<void> {
  const isSqlite = dialect === 'sqlite'
  const strict = isSqlite ? ' strict' : ''
  const int = isSqlite ? 'integer' : 'bigint'
  const seq = isSqlite
    ? 'integer primary key autoincrement'
    : 'bigint generated always as identity primary key'
  const statements = [
    `create table "keyUsage" (
      "keyId" text not null references "apiKey" ("id") on delete cascade,
      "hourAt" ${int} not null,
      "group" text not null,
      "status2xx" ${int} not null,
      "status4xx" ${int} not null,
      "status5xx" ${int} not null,
      primary key ("keyId", "hourAt", "group")
    )${strict}`,
    `create table "keyRequest" (
      "seq" ${seq},
      "keyId" text not null references "apiKey" ("id") on delete cascade,
      "at" ${int} not null,
      "method" text not null,
      "route" text not null,
      "status" ${int} not null,
      "ip" text not null,
      "durationMs" ${int} not null
    )${strict}`,
    `create index "keyRequest_recent" on "keyRequest" ("keyId", "seq")`,
    `create table "idempotency" (
      "scope" text not null primary key,
      "bodyHash" text not null,
      "startedAt" ${int} not null,
      "status" ${int},
      "headers" text,
      "body" text
    )${strict}`,
    `create index "idempotency_age" on "idempotency" ("startedAt")`,
    `alter table "meeting" add column "endsAt" ${int}`,
    `create index "meeting_sandbox" on "meeting" ("endsAt") where "endsAt" is not null and "endedAt" is null`,
  ]
  for (const statement of statements) await sql.raw(statement).execute(db)
}
