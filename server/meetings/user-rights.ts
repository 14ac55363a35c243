import type { Clock } from '../clock.ts'
import type { Database, Db } from '../db/open.ts'
import type { LiveKit } from '../livekit/client.ts'
import { rightsOf } from '../rooms/entrants.ts'
import { findRoomById } from '../rooms/store.ts'
import { mayNow } from './may.ts'
import { updateParticipant } from './store.ts'

interface Options {
  database: Database
  clock: Clock
  livekit: LiveKit
}

/** Carries a change of a user's rights in their organization into the meetings that they are in. */
export class UserRights {
  readonly #db: Db
  readonly #clock: Clock
  readonly #livekit: LiveKit

  constructor(options: Options) {
    this.#db = options.database.db
    this.#clock = options.clock
    this.#livekit = options.livekit
  }

  /** Who may not be in a room any more is removed from it; others get what they may do now, and are told. */
  async changed(orgId: string, username: string): Promise<void> {
    const rows = await this.#db
      .selectFrom('participant')
      .innerJoin('room', 'room.roomId', 'participant.roomId')
      .select(['participant.roomId', 'participant.identity'])
      .where('room.orgId', '=', orgId)
      .where('participant.userId', '=', username)
      .where('participant.kickedAt', 'is', null)
      .execute()
    for (const { roomId, identity } of rows) {
      const room = await findRoomById(this.#db, roomId)
      const rights = room === undefined ? null : await rightsOf(this.#db, username, room)
      const now = this.#clock.now()
      if (room === undefined || rights === null || !rights.permissions.meetingJoin) {
        await updateParticipant(this.#db, roomId, identity, { kickedAt: now })
        await this.#livekit.removeParticipant(roomId, identity)
      } else {
        const { permissions, badge } = rights
        await updateParticipant(this.#db, roomId, identity, {
          permissions: JSON.stringify(permissions),
          badge,
          tokenIssuedAt: now,
          isPromotedModerator: 0,
        })
        await this.#livekit.grant(roomId, identity, await mayNow(this.#db, room, { identity, permissions }))
        await this.#livekit.tell(roomId, { type: 'meeting.role', identity, badge, permissions }, [identity])
      }
      await this.#livekit.tell(roomId, { type: 'participants.changed' })
    }
  }
}
