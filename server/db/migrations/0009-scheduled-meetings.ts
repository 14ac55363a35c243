import { type Kysely, sql } from 'kysely'
import type { Dialect } from '../open.ts'

/** Meetings with a time, who is invited, mail that is to go out, calendar feeds, and who talked how long. */
export async function up(db: Kysely<unknown>, dialect: Dialect): Promise<void> {
  const isSqlite = dialect === 'sqlite'
  const strict = isSqlite ? ' strict' : ''
  const int = isSqlite ? 'integer' : 'bigint'
  const seq = isSqlite
    ? 'integer primary key autoincrement'
    : 'bigint generated always as identity primary key'
  const statements = [
    // A room that is deleted by other ways leaves its meeting behind, so that attendees are told (scheduled.ts).
    `create table "scheduledMeeting" (
      "seq" ${seq},
      "id" text not null unique,
      "orgId" text not null references "organization" ("id") on delete cascade,
      "environment" text not null,
      "roomId" text unique references "room" ("roomId") on delete set null,
      "title" text not null,
      "startAt" ${int},
      "durationMinutes" ${int} not null,
      "timeZone" text not null,
      "recurrence" text,
      "endsAt" ${int},
      "sequence" ${int} not null,
      "organizerName" text not null,
      "organizerEmail" text,
      "url" text not null,
      "createdBy" text not null,
      "createdAt" ${int} not null,
      "updatedAt" ${int} not null
    )${strict}`,
    `create index "scheduledMeeting_list" on "scheduledMeeting" ("orgId", "environment", "seq")`,
    `create index "scheduledMeeting_ended" on "scheduledMeeting" ("orgId", "environment", "endsAt")`,
    `create table "scheduledAttendee" (
      "meetingId" text not null references "scheduledMeeting" ("id") on delete cascade,
      "email" text not null,
      "status" text not null,
      primary key ("meetingId", "email")
    )${strict}`,
    `create index "scheduledAttendee_email" on "scheduledAttendee" ("email")`,
    `create table "meetingMail" (
      "seq" ${seq},
      "orgId" text not null references "organization" ("id") on delete cascade,
      "meetingId" text not null,
      "email" text not null,
      "method" text not null,
      "subject" text not null,
      "text" text not null,
      "ics" text,
      "replyTo" text,
      "attempts" ${int} not null,
      "nextAttemptAt" ${int} not null
    )${strict}`,
    `create index "meetingMail_due" on "meetingMail" ("nextAttemptAt")`,
    `create table "calendarFeed" (
      "id" text not null primary key,
      "userId" text not null references "user" ("id") on delete cascade,
      "orgId" text not null references "organization" ("id") on delete cascade,
      "generation" ${int} not null,
      unique ("userId", "orgId")
    )${strict}`,
    `create table "talkTime" (
      "meetingId" text not null references "meeting" ("id") on delete cascade,
      "identity" text not null,
      "talkMs" ${int} not null,
      primary key ("meetingId", "identity")
    )${strict}`,
  ]
  for (const statement of statements) await sql.raw(statement).execute(db)
}
