import type { Clock } from '../clock.ts'
import type { Database } from '../db/open.ts'
import { lockRoom } from '../rooms/store.ts'
import { notInMeeting, type ParticipantCaller } from './callers.ts'
import { findRunningMeeting } from './store.ts'

/** What a page says as it leaves may come after LiveKit has told that it left. */
const LATE_MS = 15_000

/**
 * Adds `talkMs` to how long the caller has talked in the meeting that runs. LiveKit tells nobody outside a meeting who
 * speaks, so each page measures what LiveKit hears of its own participant. More than the caller was there since the
 * last time is not counted: a page can lie about its silence, and about nothing else. Said twice it counts once. Throws
 * NotFound for who is not in the meeting.
 */
export async function addTalk(
  { db }: Database,
  clock: Clock,
  { roomId, identity }: ParticipantCaller,
  talkMs: number,
): Promise<void> {
  await db.transaction().execute(async (tx) => {
    await lockRoom(tx, roomId)
    const now = clock.now()
    const meeting = await findRunningMeeting(tx, roomId)
    if (meeting === undefined) throw notInMeeting(identity)
    const joins = await tx
      .selectFrom('attendance')
      .select(['joinedAt', 'leftAt'])
      .where('meetingId', '=', meeting.id)
      .where('identity', '=', identity)
      .execute()
    if (!joins.some(({ leftAt }) => leftAt === null || leftAt > now - LATE_MS)) throw notInMeeting(identity)
    const known = await tx
      .selectFrom('talkTime')
      .select(['talkMs', 'countedTo'])
      .where('meetingId', '=', meeting.id)
      .where('identity', '=', identity)
      .executeTakeFirst()
    const since = known?.countedTo ?? 0
    const presentMs = joins.reduce(
      (sum, { joinedAt, leftAt }) => sum + Math.max(0, (leftAt ?? now) - Math.max(joinedAt, since)),
      0,
    )
    const total = (known?.talkMs ?? 0) + Math.min(talkMs, presentMs)
    const counted = { talkMs: total, countedTo: Math.max(since, now) }
    await tx
      .insertInto('talkTime')
      .values({ meetingId: meeting.id, identity, ...counted })
      .onConflict((conflict) => conflict.columns(['meetingId', 'identity']).doUpdateSet(counted))
      .execute()
  })
}
