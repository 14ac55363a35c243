import { type Kysely, sql } from 'kysely'
import type { Dialect } from '../open.ts'

/**
 * Access tokens, two-factor, password resets and invitations. Memberships get a `seq`, for lists that page, and the
 * time of their last change of role; SQLite adds no such column, so that table is made anew.
 */
export async function up(db: Kysely<unknown>, dialect: Dialect): Promise<void> {
  const isSqlite = dialect === 'sqlite'
  const strict = isSqlite ? ' strict' : ''
  const int = isSqlite ? 'integer' : 'bigint'
  const seq = isSqlite
    ? 'integer primary key autoincrement'
    : 'bigint generated always as identity primary key'
  const user = 'text not null references "user" ("id") on delete cascade'
  const organization = 'text not null references "organization" ("id") on delete cascade'
  const statements = [
    `alter table "session" add column "activeOrgId" text`,
    `alter table "organization" add column "retention" text not null default '{}'`,
    `create unique index "account_provider" on "account" ("providerId", "accountId")`,
    `create table "organizationMemberNew" (
      "seq" ${seq},
      "orgId" ${organization},
      "userId" ${user},
      "role" text not null,
      "canCreateRooms" ${int} not null default 1,
      "createdAt" ${int} not null,
      "roleUpdatedAt" ${int} not null,
      unique ("orgId", "userId")
    )${strict}`,
    `insert into "organizationMemberNew" ("orgId", "userId", "role", "canCreateRooms", "createdAt", "roleUpdatedAt")
      select "orgId", "userId", "role", "canCreateRooms", "createdAt", "createdAt"
      from "organizationMember" order by "createdAt"`,
    `drop table "organizationMember"`,
    `alter table "organizationMemberNew" rename to "organizationMember"`,
    `create index "organizationMember_user" on "organizationMember" ("userId")`,
    `create index "organizationMember_by_creation" on "organizationMember" ("orgId", "createdAt", "seq")`,
    `create table "accessSession" (
      "id" text not null primary key,
      "userId" ${user},
      "orgId" ${organization},
      "createdAt" ${int} not null,
      "expiresAt" ${int} not null,
      "refreshId" text,
      "previousRefreshId" text,
      "rotatedAt" ${int},
      "ip" text not null,
      "userAgent" text not null
    )${strict}`,
    `create index "accessSession_user" on "accessSession" ("userId")`,
    `create index "accessSession_expiry" on "accessSession" ("expiresAt")`,
    `create table "twoFactor" (
      "userId" text not null primary key references "user" ("id") on delete cascade,
      "secret" text not null,
      "createdAt" ${int} not null,
      "confirmedAt" ${int},
      "lastStep" ${int} not null default 0,
      "failures" ${int} not null default 0,
      "lockedUntil" ${int}
    )${strict}`,
    `create table "recoveryCode" (
      "userId" ${user},
      "hash" text not null,
      "usedAt" ${int},
      primary key ("userId", "hash")
    )${strict}`,
    `create table "passwordReset" (
      "tokenHash" text not null primary key,
      "userId" ${user},
      "createdAt" ${int} not null,
      "expiresAt" ${int} not null
    )${strict}`,
    `create index "passwordReset_user" on "passwordReset" ("userId")`,
    `create table "invitation" (
      "seq" ${seq},
      "id" text not null unique,
      "orgId" ${organization},
      "email" text not null,
      "role" text not null,
      "canCreateRooms" ${int} not null,
      "tokenHash" text not null unique,
      "invitedBy" text not null,
      "createdAt" ${int} not null,
      "expiresAt" ${int} not null,
      "isMailed" ${int} not null,
      unique ("orgId", "email")
    )${strict}`,
    `create index "invitation_email" on "invitation" ("email")`,
    `create index "audit_by_action" on "audit" ("orgId", "action", "at", "seq")`,
  ]
  for (const statement of statements) await sql.raw(statement).execute(db)
}
