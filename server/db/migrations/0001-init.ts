import { type Kysely, sql } from 'kysely'
import type { Dialect } from '../open.ts'

/**
 * The first tables. `user`, `session`, `account` and `verification` are better-auth's, with the column types it
 * expects; test/api/database.test.ts compares them with what the library would make. All others are ours:
 * times are integer milliseconds UTC, booleans 0 or 1, JSON is text, `seq` orders rows by insertion.
 */
export async function up(db: Kysely<unknown>, dialect: Dialect): Promise<void> {
  const isSqlite = dialect === 'sqlite'
  const date = isSqlite ? 'date' : 'timestamptz'
  const bool = isSqlite ? 'integer' : 'boolean'
  const seq = isSqlite
    ? 'integer primary key autoincrement'
    : 'bigint generated always as identity primary key'
  const strict = isSqlite ? ' strict' : ''
  const int = isSqlite ? 'integer' : 'bigint'
  const run = async (statements: string) => {
    for (const statement of statements.split(/;\s*\n/)) {
      if (statement.trim() !== '') await sql.raw(statement).execute(db)
    }
  }

  await run(`
create table "user" (
  "id" text not null primary key,
  "name" text not null,
  "email" text not null unique,
  "emailVerified" ${bool} not null,
  "image" text,
  "createdAt" ${date} default CURRENT_TIMESTAMP not null,
  "updatedAt" ${date} default CURRENT_TIMESTAMP not null,
  "username" text unique,
  "displayUsername" text,
  "mustChangePassword" ${bool},
  "isSuperadmin" ${bool}
);
create table "session" (
  "id" text not null primary key,
  "expiresAt" ${date} not null,
  "token" text not null unique,
  "createdAt" ${date} default CURRENT_TIMESTAMP not null,
  "updatedAt" ${date} not null,
  "ipAddress" text,
  "userAgent" text,
  "userId" text not null references "user" ("id") on delete cascade
);
create index "session_userId_idx" on "session" ("userId");
create table "account" (
  "id" text not null primary key,
  "accountId" text not null,
  "providerId" text not null,
  "userId" text not null references "user" ("id") on delete cascade,
  "accessToken" text,
  "refreshToken" text,
  "idToken" text,
  "accessTokenExpiresAt" ${date},
  "refreshTokenExpiresAt" ${date},
  "scope" text,
  "password" text,
  "createdAt" ${date} default CURRENT_TIMESTAMP not null,
  "updatedAt" ${date} not null
);
create index "account_userId_idx" on "account" ("userId");
create table "verification" (
  "id" text not null primary key,
  "identifier" text not null,
  "value" text not null,
  "expiresAt" ${date} not null,
  "createdAt" ${date} default CURRENT_TIMESTAMP not null,
  "updatedAt" ${date} default CURRENT_TIMESTAMP not null
);
create index "verification_identifier_idx" on "verification" ("identifier");

create table "setting" (
  "name" text not null primary key,
  "value" text not null
)${strict};
create table "lease" (
  "name" text not null primary key,
  "holder" text not null,
  "expiresAt" ${int} not null,
  "lastRunAt" ${int} not null
)${strict};

create table "organization" (
  "id" text not null primary key,
  "name" text not null,
  "rootUsername" text not null,
  "isFirst" ${int} not null default 0,
  "apiAccess" ${int} not null default 1,
  "allowedOrigins" text not null default '["*"]',
  "branding" text not null default '{}',
  "createdAt" ${int} not null
)${strict};
create table "organizationMember" (
  "orgId" text not null references "organization" ("id") on delete cascade,
  "userId" text not null references "user" ("id") on delete cascade,
  "role" text not null,
  "canCreateRooms" ${int} not null default 1,
  "createdAt" ${int} not null,
  primary key ("orgId", "userId")
)${strict};
create index "organizationMember_user" on "organizationMember" ("userId");

create table "apiKey" (
  "id" text not null primary key,
  "orgId" text not null references "organization" ("id") on delete cascade,
  "environment" text not null,
  "name" text not null,
  "hash" text not null unique,
  "start" text not null,
  "last4" text not null,
  "permissions" text not null,
  "allowedIps" text not null default '[]',
  "rateLimits" text,
  "expiresAt" ${int},
  "createdAt" ${int} not null,
  "createdBy" text not null,
  "lastUsedAt" ${int},
  "lastUsedIp" text,
  "requestCount" ${int} not null default 0,
  "revokedAt" ${int},
  "rotatedTo" text,
  "graceEndsAt" ${int},
  "encryptedSecret" text
)${strict};
create index "apiKey_list" on "apiKey" ("orgId", "environment", "createdAt");

create table "room" (
  "seq" ${seq},
  "roomId" text not null unique,
  "orgId" text not null references "organization" ("id") on delete cascade,
  "environment" text not null,
  "code" text not null unique,
  "name" text not null,
  "ownerId" text not null,
  "createdAt" ${int} not null,
  "autoDeletionAt" ${int},
  "withMeeting" text not null,
  "withRecordings" text not null,
  "config" text not null,
  "roles" text not null,
  "access" text not null,
  "userAccess" ${int} not null default 0,
  "settings" text not null,
  "moderatorSecret" text not null,
  "speakerSecret" text not null,
  "recordingSecret" text not null,
  "replacedSecrets" text not null default '[]',
  "status" text not null,
  "meetingEndAction" text not null,
  "rolesUpdatedAt" ${int} not null
)${strict};
create index "room_by_creation" on "room" ("orgId", "environment", "createdAt", "seq");
create index "room_by_name" on "room" ("orgId", "environment", "name", "seq");
create index "room_by_auto_deletion" on "room" ("autoDeletionAt");
create index "room_by_status" on "room" ("status");

create table "roomMember" (
  "seq" ${seq},
  "memberId" text not null,
  "roomId" text not null references "room" ("roomId") on delete cascade,
  "userId" text,
  "name" text not null,
  "secret" text,
  "baseRole" text not null,
  "customPermissions" text,
  "createdAt" ${int} not null,
  "permissionsUpdatedAt" ${int} not null,
  unique ("roomId", "memberId")
)${strict};
create index "roomMember_user" on "roomMember" ("userId");
create index "roomMember_secret" on "roomMember" ("roomId", "secret");

create table "meeting" (
  "id" text not null primary key,
  "orgId" text not null references "organization" ("id") on delete cascade,
  "environment" text not null,
  "roomId" text not null,
  "roomName" text not null,
  "livekitSid" text not null unique,
  "startedAt" ${int} not null,
  "endedAt" ${int}
)${strict};
create index "meeting_by_room" on "meeting" ("roomId", "startedAt");
create table "attendance" (
  "seq" ${seq},
  "meetingId" text not null references "meeting" ("id") on delete cascade,
  "participantSid" text not null unique,
  "identity" text not null,
  "name" text not null,
  "userId" text,
  "memberId" text,
  "joinedAt" ${int} not null,
  "leftAt" ${int}
)${strict};
create index "attendance_by_meeting" on "attendance" ("meetingId", "joinedAt");

create table "participant" (
  "roomId" text not null references "room" ("roomId") on delete cascade,
  "identity" text not null,
  "name" text not null,
  "userId" text,
  "memberId" text,
  "browserId" text,
  "livekitSid" text not null,
  "badge" text not null,
  "permissions" text not null,
  "isPromotedModerator" ${int} not null default 0,
  "tokenIssuedAt" ${int} not null,
  "expiresAt" ${int} not null,
  "connectedSid" text,
  "kickedAt" ${int},
  primary key ("roomId", "identity")
)${strict};
create table "participantName" (
  "roomId" text not null references "room" ("roomId") on delete cascade,
  "nameKey" text not null,
  "identity" text not null,
  primary key ("roomId", "nameKey")
)${strict};

create table "chatMessage" (
  "seq" ${seq},
  "id" text not null unique,
  "roomId" text not null references "room" ("roomId") on delete cascade,
  "meetingId" text,
  "identity" text not null,
  "name" text not null,
  "text" text not null,
  "sentAt" ${int} not null
)${strict};
create index "chatMessage_by_room" on "chatMessage" ("roomId", "seq");

create table "recording" (
  "seq" ${seq},
  "recordingId" text not null unique,
  "orgId" text not null references "organization" ("id") on delete cascade,
  "environment" text not null,
  "roomId" text not null,
  "roomName" text not null,
  "status" text not null,
  "filename" text not null,
  "layout" text not null,
  "encoding" text not null,
  "startedAt" ${int} not null,
  "endedAt" ${int},
  "durationMs" ${int},
  "sizeBytes" ${int},
  "details" text,
  "errorCode" ${int},
  "error" text,
  "publicSecret" text not null,
  "privateSecret" text not null,
  "updatedAt" ${int} not null
)${strict};
create index "recording_by_room" on "recording" ("roomId");
create index "recording_by_start" on "recording" ("orgId", "environment", "startedAt", "seq");

create table "outbox" (
  "seq" ${seq},
  "id" text not null unique,
  "orgId" text not null,
  "environment" text not null,
  "roomId" text,
  "event" text not null,
  "payload" text not null,
  "createdAt" ${int} not null
)${strict};

create table "audit" (
  "seq" ${seq},
  "id" text not null unique,
  "orgId" text,
  "at" ${int} not null,
  "actorType" text not null,
  "actorId" text,
  "actorName" text,
  "action" text not null,
  "target" text,
  "ip" text,
  "details" text not null
)${strict};
create index "audit_by_time" on "audit" ("orgId", "at", "seq");
`)
}
