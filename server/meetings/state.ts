import type { Db } from '../db/open.ts'
import { settingsOf } from '../rooms/view.ts'
import type { RoomRow } from '../rooms/store.ts'
import type { MeetingState } from './schema.ts'
import { countUp } from './store.ts'

/** What holds for the whole meeting now. */
export async function readState(db: Db, room: RoomRow): Promise<MeetingState> {
  const counter = await db
    .selectFrom('meetingCounter')
    .select('stateVersion')
    .where('roomId', '=', room.roomId)
    .executeTakeFirst()
  return describe(db, room, counter?.stateVersion ?? 0)
}

/** Counts the state up after a change in the same transaction; what it returns is told once that is committed. */
export async function stateAfterChange(tx: Db, room: RoomRow): Promise<MeetingState> {
  return describe(tx, room, await countUp(tx, room.roomId, 'stateVersion'))
}

async function describe(db: Db, room: RoomRow, version: number): Promise<MeetingState> {
  const rows = await db
    .selectFrom('participant')
    .select(['identity', 'handNumber', 'isSpotlit'])
    .where('roomId', '=', room.roomId)
    .where('connectedSid', 'is not', null)
    .where('kickedAt', 'is', null)
    .where((eb) => eb.or([eb('handNumber', 'is not', null), eb('isSpotlit', '=', 1)]))
    .orderBy('handNumber')
    .execute()
  const { locks, attachments, waitingRoom } = settingsOf(room)
  return {
    version,
    hands: rows.filter((row) => row.handNumber !== null).map((row) => row.identity),
    spotlight: rows.find((row) => row.isSpotlit === 1)?.identity ?? null,
    locks,
    hasAttachments: attachments,
    hasWaitingRoom: waitingRoom !== 'off',
  }
}
