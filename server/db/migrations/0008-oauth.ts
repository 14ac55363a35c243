import { type Kysely, sql } from 'kysely'
import type { Dialect } from '../open.ts'

/** OAuth clients, what users let them do, and the codes and tokens that came of it; secrets only as hashes. */
export async function up(db: Kysely<unknown>, dialect: Dialect): Promise<void> {
  const isSqlite = dialect === 'sqlite'
  const strict = isSqlite ? ' strict' : ''
  const int = isSqlite ? 'integer' : 'bigint'
  const statements = [
    `create table "oauthClient" (
      "id" text not null primary key,
      "orgId" text not null references "organization" ("id") on delete cascade,
      "name" text not null,
      "secretHash" text,
      "secretLast4" text,
      "redirectUris" text not null,
      "scopes" text not null,
      "createdAt" ${int} not null,
      "createdBy" text not null
    )${strict}`,
    `create index "oauthClient_list" on "oauthClient" ("orgId", "createdAt")`,
    `create table "oauthGrant" (
      "id" text not null primary key,
      "clientId" text not null references "oauthClient" ("id") on delete cascade,
      "userId" text not null references "user" ("id") on delete cascade,
      "orgId" text not null references "organization" ("id") on delete cascade,
      "scopes" text not null,
      "createdAt" ${int} not null,
      "lastUsedAt" ${int},
      unique ("clientId", "userId", "orgId")
    )${strict}`,
    `create index "oauthGrant_by_user" on "oauthGrant" ("userId", "createdAt")`,
    `create table "oauthAuthorization" (
      "id" text not null primary key,
      "grantId" text not null references "oauthGrant" ("id") on delete cascade,
      "codeHash" text not null unique,
      "redirectUri" text,
      "scopes" text not null,
      "codeChallenge" text,
      "codeExpiresAt" ${int} not null,
      "usedAt" ${int},
      "revokedAt" ${int}
    )${strict}`,
    `create index "oauthAuthorization_by_grant" on "oauthAuthorization" ("grantId")`,
    `create index "oauthAuthorization_expiry" on "oauthAuthorization" ("codeExpiresAt")`,
    `create table "oauthToken" (
      "hash" text not null primary key,
      "kind" text not null,
      "authorizationId" text not null references "oauthAuthorization" ("id") on delete cascade,
      "scopes" text not null,
      "expiresAt" ${int} not null,
      "usedAt" ${int}
    )${strict}`,
    `create index "oauthToken_by_authorization" on "oauthToken" ("authorizationId")`,
    `create index "oauthToken_expiry" on "oauthToken" ("expiresAt")`,
  ]
  for (const statement of statements) await sql.raw(statement).execute(db)
}
