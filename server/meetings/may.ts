import type { Database, Db } from '../db/open.ts'
import type { LiveKit } from '../livekit/client.ts'
import { type PermissionSet, withLocks } from '../rooms/permissions.ts'
import { findRoomById, type RoomRow } from '../rooms/store.ts'
import { settingsOf } from '../rooms/view.ts'
import { listParticipants, type ParticipantRow } from './store.ts'

/**
 * What a participant with these permissions may do at this moment: less what is locked, and nothing that could be
 * recorded while a recording runs to which they have said no.
 */
export async function mayNow(
  db: Db,
  room: RoomRow,
  { identity, permissions }: { identity: string; permissions: PermissionSet },
): Promise<PermissionSet> {
  return mayOf(room, permissions, (await listUnrecorded(db, room.roomId)).has(identity))
}

function mayOf(room: RoomRow, permissions: PermissionSet, isUnrecorded: boolean): PermissionSet {
  const may = withLocks(permissions, settingsOf(room).locks)
  return isUnrecorded
    ? { ...may, mediaPublishAudio: false, mediaPublishVideo: false, mediaShareScreen: false }
    : may
}

/** Who declined the recording that runs in a room, if one does. */
async function listUnrecorded(db: Db, roomId: string): Promise<Set<string>> {
  const rows = await db
    .selectFrom('recording')
    .innerJoin('recordingConsent', 'recordingConsent.recordingId', 'recording.recordingId')
    .select('recordingConsent.identity')
    .where('recording.roomId', '=', roomId)
    .where('recording.status', 'in', ['starting', 'active', 'ending'])
    .where('recordingConsent.answer', '=', 'declined')
    .execute()
  return new Set(rows.map(({ identity }) => identity))
}

/** Brings what LiveKit lets participants do in line with {@link mayNow}. */
export class Grants {
  readonly #db: Db
  readonly #livekit: LiveKit

  constructor({ database, livekit }: { database: Database; livekit: LiveKit }) {
    this.#db = database.db
    this.#livekit = livekit
  }

  /** Of all who are in the meeting, or of those for whom `isMeant` holds. */
  async renew(roomId: string, isMeant: (row: ParticipantRow) => boolean = () => true): Promise<void> {
    const room = await findRoomById(this.#db, roomId)
    if (room === undefined) return
    const here = (await listParticipants(this.#db, roomId)).filter(
      (row) => row.connectedSid !== null && row.kickedAt === null && isMeant(row),
    )
    const unrecorded = await listUnrecorded(this.#db, roomId)
    await Promise.all(
      here.map(({ identity, permissions }) =>
        this.#livekit.grant(
          roomId,
          identity,
          mayOf(room, JSON.parse(permissions) as PermissionSet, unrecorded.has(identity)),
        ),
      ),
    )
  }
}
