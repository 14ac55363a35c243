import { type Generated, sql } from 'kysely'
import { type Db, needsRowLocks } from '../db/open.ts'
import type { Environment } from '../http/caller.ts'
import type { Tenant } from '../rooms/store.ts'

export interface ScheduledMeetingTable {
  seq: Generated<number>
  id: string
  orgId: string
  environment: Environment
  /** null once the room was deleted. */
  roomId: string | null
  title: string
  /** First start, ms UTC; null: whenever people come. */
  startAt: number | null
  durationMinutes: number
  timeZone: string
  recurrence: string | null
  /** When the last one is over; null: never, or there is no start. */
  endsAt: number | null
  /** Grows with each change that calendars have to hear of (RFC 5545 3.8.7.4). */
  sequence: number
  organizerName: string
  organizerEmail: string | null
  /** As mails told it; there is no room to take it from when a meeting is called off. */
  url: string
  createdBy: string
  createdAt: number
  updatedAt: number
}

/** `pending`: nothing was sent; `failed`: the mail server would not have it. */
export type AttendeeStatus = 'pending' | 'invited' | 'failed'

export interface ScheduledAttendeeTable {
  meetingId: string
  email: string
  status: AttendeeStatus
}

/** Mail that is to go out: about meetings, and notices that may not be lost. */
export interface MeetingMailTable {
  seq: Generated<number>
  orgId: string
  /** What it tells of: a meeting, or for a notice some other thing of ours. */
  meetingId: string
  email: string
  method: 'REQUEST' | 'CANCEL' | 'NOTICE'
  subject: string
  text: string
  ics: string | null
  replyTo: string | null
  attempts: number
  nextAttemptAt: number
}

export interface CalendarFeedTable {
  id: string
  userId: string
  orgId: string
  /** Part of the secret in the address: a reset makes the next one. */
  generation: number
}

export interface TalkTimeTable {
  meetingId: string
  identity: string
  talkMs: number
  /** Up to when it has been counted. */
  countedTo: number
}

/** Whose meetings: all of a tenant, or those that somebody made or is invited to. */
export interface Reader {
  tenant: Tenant
  only: { username: string; email: string | null } | null
}

export type MeetingStatus = 'scheduled' | 'active' | 'ended'

const meetings = (db: Db, { tenant, only }: Reader) => {
  const query = db
    .selectFrom('scheduledMeeting')
    .innerJoin('room', 'room.roomId', 'scheduledMeeting.roomId')
    .selectAll('scheduledMeeting')
    .select(['room.code', 'room.status as roomStatus', 'room.ownerId'])
    .select((eb) =>
      eb
        .exists(
          eb
            .selectFrom('meeting')
            .select('meeting.id')
            .whereRef('meeting.roomId', '=', 'scheduledMeeting.roomId')
            .where('meeting.endedAt', 'is not', null),
        )
        .as('wasHeld'),
    )
    .where('scheduledMeeting.orgId', '=', tenant.orgId)
    .where('scheduledMeeting.environment', '=', tenant.environment)
  if (only === null) return query
  return query.where((eb) =>
    eb.or([
      eb('room.ownerId', '=', only.username),
      ...(only.email === null
        ? []
        : [
            eb.exists(
              eb
                .selectFrom('scheduledAttendee')
                .select('scheduledAttendee.email')
                .whereRef('scheduledAttendee.meetingId', '=', 'scheduledMeeting.id')
                .where('scheduledAttendee.email', '=', only.email),
            ),
          ]),
    ]),
  )
}
export type MeetingRow = NonNullable<Awaited<ReturnType<typeof findMeeting>>>

export const findMeeting = (db: Db, reader: Reader, id: string) =>
  meetings(db, reader).where('scheduledMeeting.id', '=', id).executeTakeFirst()

/** Those that are over by themselves or have been held without a time; the rest is scheduled or active. */
const isOver = (now: number) => sql<boolean>`(
  "room"."status" <> 'active_meeting' and (
    ("scheduledMeeting"."endsAt" is not null and "scheduledMeeting"."endsAt" <= ${now})
    or ("scheduledMeeting"."startAt" is null and exists (
      select 1 from "meeting" where "meeting"."roomId" = "scheduledMeeting"."roomId" and "meeting"."endedAt" is not null
    ))
  )
)`

/** All that are not over, or that may have something between two times. */
export function listOpenMeetings(
  db: Db,
  reader: Reader,
  filter: { status?: MeetingStatus | undefined; from?: number | undefined; to?: number | undefined },
  now: number,
) {
  let query = meetings(db, reader)
  if (filter.status === 'ended') query = query.where(isOver(now))
  if (filter.status === 'active') query = query.where('room.status', '=', 'active_meeting')
  if (filter.status === 'scheduled')
    query = query.where('room.status', '!=', 'active_meeting').where(sql<boolean>`not ${isOver(now)}`)
  const { from, to } = filter
  if (from !== undefined || to !== undefined) query = query.where('scheduledMeeting.startAt', 'is not', null)
  if (from !== undefined)
    query = query.where((eb) =>
      eb.or([eb('scheduledMeeting.endsAt', 'is', null), eb('scheduledMeeting.endsAt', '>', from)]),
    )
  if (to !== undefined) query = query.where('scheduledMeeting.startAt', '<', to)
  return query.orderBy('scheduledMeeting.seq').execute()
}

/** A page of all, newest first, or of those that are over, last first; indexes scheduledMeeting_list and _ended. */
export async function pageOfMeetings(
  db: Db,
  reader: Reader,
  { status, page, limit }: { status?: 'ended' | undefined; page: number; limit: number },
  now: number,
): Promise<{ rows: MeetingRow[]; total: number }> {
  const filtered = () => {
    const query = meetings(db, reader)
    return status === undefined ? query : query.where(isOver(now))
  }
  const { total } = await filtered()
    .clearSelect()
    .select((eb) => eb.fn.countAll<number>().as('total'))
    .executeTakeFirstOrThrow()
  let query = filtered()
  if (status === 'ended')
    query = query.orderBy(sql`coalesce("scheduledMeeting"."endsAt", "scheduledMeeting"."updatedAt")`, 'desc')
  const rows = await query
    .orderBy('scheduledMeeting.seq', 'desc')
    .limit(limit)
    .offset((page - 1) * limit)
    .execute()
  return { rows, total }
}

/** The scheduled meeting of a room, for who is in its lobby. */
export const findMeetingOfRoom = (db: Db, roomId: string) =>
  db.selectFrom('scheduledMeeting').selectAll().where('roomId', '=', roomId).executeTakeFirst()

/** Those whose room has gone, of any organization, locked for this transaction. */
export const lockOrphans = (tx: Db, limit: number) =>
  tx
    .selectFrom('scheduledMeeting')
    .selectAll()
    .where('roomId', 'is', null)
    .limit(limit)
    .$if(needsRowLocks(tx), (query) => query.forUpdate())
    .execute()

export async function insertMeeting(db: Db, row: Omit<ScheduledMeetingTable, 'seq'>): Promise<void> {
  await db.insertInto('scheduledMeeting').values(row).execute()
}

export async function updateMeeting(
  db: Db,
  id: string,
  change: Partial<Omit<ScheduledMeetingTable, 'seq' | 'id'>>,
): Promise<void> {
  await db.updateTable('scheduledMeeting').set(change).where('id', '=', id).execute()
}

export async function deleteMeeting(db: Db, id: string): Promise<void> {
  await db.deleteFrom('scheduledMeeting').where('id', '=', id).execute()
}

export async function listAttendees(db: Db, meetingIds: string[]): Promise<ScheduledAttendeeTable[]> {
  if (meetingIds.length === 0) return []
  return db
    .selectFrom('scheduledAttendee')
    .selectAll()
    .where('meetingId', 'in', meetingIds)
    .orderBy('email')
    .execute()
}

export async function insertAttendees(db: Db, meetingId: string, emails: string[]): Promise<void> {
  if (emails.length === 0) return
  await db
    .insertInto('scheduledAttendee')
    .values(emails.map((email) => ({ meetingId, email, status: 'pending' as const })))
    .execute()
}

export async function deleteAttendees(db: Db, meetingId: string, emails: string[]): Promise<void> {
  if (emails.length === 0) return
  await db
    .deleteFrom('scheduledAttendee')
    .where('meetingId', '=', meetingId)
    .where('email', 'in', emails)
    .execute()
}

export async function setAttendeeStatus(
  db: Db,
  meetingId: string,
  email: string,
  status: AttendeeStatus,
): Promise<void> {
  await db
    .updateTable('scheduledAttendee')
    .set({ status })
    .where('meetingId', '=', meetingId)
    .where('email', '=', email)
    .execute()
}
