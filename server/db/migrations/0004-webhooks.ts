import { type Kysely, sql } from 'kysely'
import type { Dialect } from '../open.ts'

/** Webhook subscriptions and what was sent to them. What happened before this release is sent to nobody. */
export async function up(db: Kysely<unknown>, dialect: Dialect): Promise<void> {
  const isSqlite = dialect === 'sqlite'
  const strict = isSqlite ? ' strict' : ''
  const int = isSqlite ? 'integer' : 'bigint'
  const seq = isSqlite
    ? 'integer primary key autoincrement'
    : 'bigint generated always as identity primary key'
  const statements = [
    `create table "webhook" (
      "seq" ${seq},
      "id" text not null unique,
      "orgId" text not null references "organization" ("id") on delete cascade,
      "environment" text not null,
      "url" text not null,
      "events" text,
      "secret" text not null,
      "keyId" text,
      "isGlobal" ${int} not null default 0,
      "enabled" ${int} not null default 1,
      "disabledReason" text,
      "enabledAt" ${int} not null,
      "createdAt" ${int} not null,
      "createdBy" text not null,
      "lastDeliveryAt" ${int},
      "failingSince" ${int},
      "lastError" text
    )${strict}`,
    `create index "webhook_list" on "webhook" ("orgId", "environment", "createdAt")`,
    `create table "webhookDelivery" (
      "seq" ${seq},
      "id" text not null unique,
      "webhookId" text not null references "webhook" ("id") on delete cascade,
      "eventId" text not null,
      "event" text not null,
      "lane" text,
      "payload" text,
      "kind" text not null,
      "createdAt" ${int} not null,
      "status" text not null,
      "nextAt" ${int} not null,
      "triedAt" ${int},
      "attempt" ${int} not null default 0,
      "url" text,
      "requestHeaders" text,
      "responseStatus" ${int},
      "response" text,
      "error" text,
      "durationMs" ${int},
      "tries" text not null default '[]'
    )${strict}`,
    `create index "webhookDelivery_list" on "webhookDelivery" ("webhookId", "seq")`,
    `create index "webhookDelivery_pending" on "webhookDelivery" ("webhookId", "seq") where "status" = 'pending'`,
    `create index "webhookDelivery_next" on "webhookDelivery" ("webhookId", "nextAt") where "status" = 'pending'`,
    `create index "webhookDelivery_lane" on "webhookDelivery" ("webhookId", "lane", "seq") where "status" = 'pending'`,
    `create index "webhookDelivery_age" on "webhookDelivery" ("createdAt")`,
    `alter table "outbox" add column "fannedOutAt" ${int}`,
    `update "outbox" set "fannedOutAt" = "createdAt"`,
    `create index "outbox_waiting" on "outbox" ("seq") where "fannedOutAt" is null`,
    `create index "outbox_age" on "outbox" ("createdAt")`,
    `alter table "apiKey" add column "origin" text`,
  ]
  for (const statement of statements) await sql.raw(statement).execute(db)
}
