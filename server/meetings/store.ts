import type { Generated } from 'kysely'
import type { Db } from '../db/open.ts'
import type { Environment } from '../http/caller.ts'
import type { Badge } from '../livekit/grants.ts'

export interface MeetingTable {
  id: string
  orgId: string
  environment: Environment
  roomId: string
  roomName: string
  /** LiveKit's id of this run of the room: a second `room_started` for it changes nothing. */
  livekitSid: string
  startedAt: number
  endedAt: number | null
  /** When a sandbox meeting ends by itself; null for others and before the first join. */
  endsAt: number | null
}

export interface AttendanceTable {
  seq: Generated<number>
  meetingId: string
  participantSid: string
  identity: string
  name: string
  userId: string | null
  memberId: string | null
  joinedAt: number
  leftAt: number | null
}

/** Who holds a joining token for the meeting that runs, and what the server allows them: never their own word. */
export interface ParticipantTable {
  roomId: string
  identity: string
  name: string
  userId: string | null
  memberId: string | null
  browserId: string | null
  /** The run of the LiveKit room that the newest token was made for. */
  livekitSid: string
  badge: Badge
  /** JSON of PermissionSet. */
  permissions: string
  isPromotedModerator: number
  /** The newest token's `iat`: a claim beyond it is not ours. */
  tokenIssuedAt: number
  /** Until when a token that was not used yet keeps its name. */
  expiresAt: number
  /** LiveKit's participant sid while connected. */
  connectedSid: string | null
  kickedAt: number | null
  /** The anonymous link that was the way in; null for members, users and keys. */
  link: AnonymousLink | null
  /** Raised hands in the order of their numbers; null: not raised. */
  handNumber: number | null
  isSpotlit: number
}

export type AnonymousLink = 'moderator' | 'speaker'

/** What only counts up in a room, so that pages can put what they hear in order and notice what they missed. */
export interface MeetingCounterTable {
  roomId: string
  /** Number of the room's latest chat message. */
  chatNumber: Generated<number>
  /** Version of what {@link MeetingState} tells. */
  stateVersion: Generated<number>
}

export interface ParticipantNameTable {
  roomId: string
  /** The name in lower case: names are unique in a room whatever their case. */
  nameKey: string
  identity: string
}

export const findParticipant = (db: Db, roomId: string, identity: string) =>
  db
    .selectFrom('participant')
    .selectAll()
    .where('roomId', '=', roomId)
    .where('identity', '=', identity)
    .executeTakeFirst()
export type ParticipantRow = NonNullable<Awaited<ReturnType<typeof findParticipant>>>

export const listParticipants = (db: Db, roomId: string) =>
  db.selectFrom('participant').selectAll().where('roomId', '=', roomId).execute()

export async function updateParticipant(
  db: Db,
  roomId: string,
  identity: string,
  change: Partial<ParticipantRow>,
): Promise<void> {
  await db
    .updateTable('participant')
    .set(change)
    .where('roomId', '=', roomId)
    .where('identity', '=', identity)
    .execute()
}

/** Counts up by `by` and returns the last number taken; two at once never get the same. */
export async function countUp(
  tx: Db,
  roomId: string,
  what: 'chatNumber' | 'stateVersion',
  by = 1,
): Promise<number> {
  const row = await tx
    .insertInto('meetingCounter')
    .values({ roomId, [what]: by })
    .onConflict((conflict) =>
      conflict.column('roomId').doUpdateSet((eb) => ({ [what]: eb(`meetingCounter.${what}`, '+', by) })),
    )
    .returning(what)
    .executeTakeFirstOrThrow()
  return row[what]
}

/** Names that no participant of the room holds any more are free again. */
export async function deleteUnheldNames(tx: Db, roomId: string): Promise<void> {
  await tx
    .deleteFrom('participantName')
    .where('roomId', '=', roomId)
    .where('identity', 'not in', (eb) =>
      eb.selectFrom('participant').select('identity').where('participant.roomId', '=', roomId),
    )
    .execute()
}

/** The meeting that runs in a room, if any; index meeting_by_room. */
export const findRunningMeeting = (db: Db, roomId: string) =>
  db
    .selectFrom('meeting')
    .selectAll()
    .where('roomId', '=', roomId)
    .where('endedAt', 'is', null)
    .orderBy('startedAt', 'desc')
    .limit(1)
    .executeTakeFirst()
