import type { Db } from '../db/open.ts'
import type { Environment } from '../http/caller.ts'
import type { ParticipantView, PastMeeting } from './schema.ts'
import { listParticipants } from './store.ts'

/** Who is in the meeting now, with the badge that the server gives them. */
export async function presentParticipants(db: Db, roomId: string): Promise<ParticipantView[]> {
  const rows = await listParticipants(db, roomId)
  return rows
    .filter((row) => row.connectedSid !== null && row.kickedAt === null)
    .map((row) => ({
      identity: row.identity,
      name: row.name,
      badge: row.badge,
      isPromotedModerator: row.isPromotedModerator === 1,
    }))
}

/** The meetings of a room, newest first, with who was there. */
export async function pastMeetings(db: Db, roomId: string, limit: number): Promise<PastMeeting[]> {
  const meetings = await db
    .selectFrom('meeting')
    .select(['id', 'startedAt', 'endedAt'])
    .where('roomId', '=', roomId)
    .orderBy('startedAt', 'desc')
    .limit(limit)
    .execute()
  if (meetings.length === 0) return []
  const attendance = await db
    .selectFrom('attendance')
    .select(['meetingId', 'identity', 'name', 'joinedAt', 'leftAt'])
    .where(
      'meetingId',
      'in',
      meetings.map(({ id }) => id),
    )
    .orderBy('joinedAt')
    .execute()
  return meetings.map((meeting) => ({
    ...meeting,
    participants: attendance
      .filter(({ meetingId }) => meetingId === meeting.id)
      .map(({ identity, name, joinedAt, leftAt }) => ({ identity, name, joinedAt, leftAt })),
  }))
}

/** What runs now in an organization, newest first, with how many people are in it. */
export async function runningMeetings(db: Db, orgId: string, environment: Environment) {
  const meetings = await db
    .selectFrom('meeting')
    .select(['roomId', 'roomName', 'startedAt'])
    .where('orgId', '=', orgId)
    .where('environment', '=', environment)
    .where('endedAt', 'is', null)
    .orderBy('startedAt', 'desc')
    .limit(50)
    .execute()
  return Promise.all(
    meetings.map(async (meeting) => ({
      ...meeting,
      participants: (await presentParticipants(db, meeting.roomId)).length,
    })),
  )
}
