import { expireMessages } from '../chat/store.ts'
import type { Db } from '../db/open.ts'
import type { RoomRow } from '../rooms/store.ts'
import { settingsOf } from '../rooms/view.ts'
import { emit } from '../webhooks/outbox.ts'
import { deleteUnheldNames, type ParticipantRow } from './store.ts'

/** Writes down that somebody came; once for each time that LiveKit connects them. */
export async function attend(
  tx: Db,
  {
    livekitSid,
    participantSid,
    row,
    now,
  }: { livekitSid: string; participantSid: string; row: ParticipantRow; now: number },
): Promise<void> {
  const meeting = await tx
    .selectFrom('meeting')
    .select('id')
    .where('livekitSid', '=', livekitSid)
    .executeTakeFirst()
  if (meeting === undefined) return
  await tx
    .insertInto('attendance')
    .values({
      meetingId: meeting.id,
      participantSid,
      identity: row.identity,
      name: row.name,
      userId: row.userId,
      memberId: row.memberId,
      joinedAt: now,
      leftAt: null,
    })
    .onConflict((conflict) => conflict.column('participantSid').doNothing())
    .execute()
}

export const emitParticipant = (
  tx: Db,
  event: 'participantJoined' | 'participantLeft',
  { orgId, environment, roomId, name: roomName }: RoomRow,
  { identity, name, badge }: ParticipantRow,
  at: number,
): Promise<void> =>
  emit(tx, at, {
    orgId,
    environment,
    roomId,
    event,
    data: { roomId, roomName, participant: { identity, name, badge } },
  })

/**
 * Closes the records of a meeting that ran as `livekitSid` (null: all of the room): its end, who was in it, their
 * tokens and names. Whoever is still in it leaves. Tokens that were made for a later run of the room stay. False when
 * none was open. `room`: as it was; undefined where it is deleted already.
 */
export async function endMeetings(
  tx: Db,
  roomId: string,
  livekitSid: string | null,
  { room, now }: { room: RoomRow | undefined; now: number },
): Promise<boolean> {
  let ended = tx.selectFrom('meeting').select('id').where('roomId', '=', roomId).where('endedAt', 'is', null)
  let gone = tx.deleteFrom('participant').where('roomId', '=', roomId)
  let admitted = tx.deleteFrom('admission').where('roomId', '=', roomId)
  if (livekitSid !== null) {
    ended = ended.where('livekitSid', '=', livekitSid)
    gone = gone.where('livekitSid', '=', livekitSid)
    admitted = admitted.where('livekitSid', '=', livekitSid)
  }
  const ids = (await ended.execute()).map(({ id }) => id)
  const left = (await gone.returningAll().execute()).filter(({ connectedSid }) => connectedSid !== null)
  if (room !== undefined)
    for (const participant of left) await emitParticipant(tx, 'participantLeft', room, participant, now)
  await admitted.execute()
  await deleteUnheldNames(tx, roomId)
  if (ids.length === 0) return false
  await tx
    .updateTable('attendance')
    .set({ leftAt: now })
    .where('meetingId', 'in', ids)
    .where('leftAt', 'is', null)
    .execute()
  await tx.updateTable('meeting').set({ endedAt: now }).where('id', 'in', ids).execute()
  const isChatKept = room !== undefined && settingsOf(room).chatHistory === 'keep'
  await expireMessages(tx, ids, isChatKept, now)
  return true
}
