import { type Kysely, sql } from 'kysely'
import type { Dialect } from '../open.ts'

/** Waiting room, hands, spotlight, numbered chat with attachments. */
export async function up(db: Kysely<unknown>, dialect: Dialect): Promise<void> {
  const isSqlite = dialect === 'sqlite'
  const strict = isSqlite ? ' strict' : ''
  const int = isSqlite ? 'integer' : 'bigint'
  const statements = [
    `alter table "participant" add column "link" text`,
    `alter table "participant" add column "handNumber" ${int}`,
    `alter table "participant" add column "isSpotlit" ${int} not null default 0`,
    `create table "knock" (
      "id" text not null primary key,
      "roomId" text not null references "room" ("roomId") on delete cascade,
      "browserId" text not null,
      "name" text not null,
      "identity" text not null,
      "entrant" text not null,
      "status" text not null,
      "createdAt" ${int} not null,
      "expiresAt" ${int} not null,
      "seenAt" ${int} not null,
      "decidedAt" ${int},
      unique ("roomId", "browserId")
    )${strict}`,
    `create index "knock_by_expiry" on "knock" ("expiresAt")`,
    `create table "admission" (
      "roomId" text not null references "room" ("roomId") on delete cascade,
      "browserId" text not null,
      "livekitSid" text not null,
      "isByModerator" ${int} not null,
      "at" ${int} not null,
      primary key ("roomId", "browserId")
    )${strict}`,
    `create table "meetingCounter" (
      "roomId" text not null primary key references "room" ("roomId") on delete cascade,
      "chatNumber" ${int} not null default 0,
      "stateVersion" ${int} not null default 0
    )${strict}`,
    `alter table "chatMessage" add column "number" ${int} not null default 0`,
    `alter table "chatMessage" add column "browserId" text`,
    `alter table "chatMessage" add column "isKept" ${int} not null default 1`,
    `update "chatMessage" set "number" = "seq"`,
    `insert into "meetingCounter" ("roomId", "chatNumber")
      select "roomId", max("number") from "chatMessage" group by "roomId"`,
    `create unique index "chatMessage_by_number" on "chatMessage" ("roomId", "number")`,
    `create table "attachment" (
      "id" text not null primary key,
      "roomId" text not null,
      "meetingId" text,
      "identity" text not null,
      "messageId" text,
      "name" text not null,
      "type" text not null,
      "sizeBytes" ${int} not null,
      "createdAt" ${int} not null,
      "expiresAt" ${int}
    )${strict}`,
    `create index "attachment_by_message" on "attachment" ("messageId")`,
    `create index "attachment_by_room" on "attachment" ("roomId", "createdAt")`,
    `create index "attachment_by_expiry" on "attachment" ("expiresAt") where "expiresAt" is not null`,
  ]
  for (const statement of statements) await sql.raw(statement).execute(db)
}
