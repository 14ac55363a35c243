import { TrackSource } from 'livekit-server-sdk'
import { audit } from '../audit/audit.ts'
import type { Clock } from '../clock.ts'
import type { Database, Db } from '../db/open.ts'
import { Conflict, forbidden, roomNotFound } from '../errors.ts'
import type { RoomMemberCaller } from '../http/caller.ts'
import type { LiveKit } from '../livekit/client.ts'
import { covers, either, type Locks, type PermissionSet } from '../rooms/permissions.ts'
import { lockRoom, type RoomMemberRow, type RoomRow, updateRoom } from '../rooms/store.ts'
import { permissionsOfMember, rolesOf, settingsOf } from '../rooms/view.ts'
import { deleteAdmissionsAfterKick, wasKicked } from '../waiting-room/store.ts'
import { notInMeeting, type ParticipantCaller } from './callers.ts'
import { type Grants, mayNow } from './may.ts'
import type { MediaChange, MeetingState } from './schema.ts'
import { readState, stateAfterChange } from './state.ts'
import {
  countUp,
  deleteUnheldNames,
  findParticipant,
  listParticipants,
  type ParticipantRow,
  updateParticipant,
} from './store.ts'

interface Options {
  database: Database
  clock: Clock
  livekit: LiveKit
  grants: Grants
}

const permissionsOf = (row: ParticipantRow) => JSON.parse(row.permissions) as PermissionSet

/**
 * What moderators do to others and everybody to their own hand. All of it is decided and kept here, done in LiveKit
 * where media are concerned, and told to the pages; no page is asked to obey.
 */
export class Moderation {
  readonly #db: Db
  readonly #clock: Clock
  readonly #livekit: LiveKit
  readonly #grants: Grants

  constructor(options: Options) {
    this.#db = options.database.db
    this.#clock = options.clock
    this.#livekit = options.livekit
    this.#grants = options.grants
  }

  /**
   * Removes a participant for the rest of this meeting, with what else their browser and link had opened: other tabs of
   * the browser, unused tokens of the same link, and the way back of who is not here. Throws NotFound when they are not
   * in it.
   */
  async kick(caller: RoomMemberCaller, identity: string): Promise<void> {
    const { roomId } = caller
    const now = this.#clock.now()
    const removed = new Set([identity])
    const state = await this.#change(roomId, async (tx, room) => {
      await this.refuseSuspect(caller, tx)
      const row = await findParticipant(tx, roomId, identity)
      if (row === undefined || row.connectedSid === null || row.kickedAt !== null)
        throw notInMeeting(identity)
      for (const other of await listParticipants(tx, roomId))
        if (isOtherTab(other, row) && other.identity !== caller.identity) removed.add(other.identity)
      for (const one of removed)
        await updateParticipant(tx, roomId, one, { kickedAt: now, handNumber: null, isSpotlit: 0 })
      if (row.link !== null) {
        await tx
          .deleteFrom('participant')
          .where('roomId', '=', roomId)
          .where('link', '=', row.link)
          .where('connectedSid', 'is', null)
          .where('kickedAt', 'is', null)
          .execute()
        await deleteUnheldNames(tx, roomId)
      }
      await deleteAdmissionsAfterKick(tx, roomId, row.browserId)
      await audit(tx, now, {
        orgId: caller.orgId,
        caller,
        action: 'participant.kicked',
        target: identity,
        details: { roomId },
      })
      return stateAfterChange(tx, room)
    })
    for (const one of removed) await this.#livekit.removeParticipant(roomId, one)
    await this.#livekit.tell(roomId, { type: 'participants.changed' })
    await this.#tellState(roomId, state)
  }

  /**
   * A token that never joined and names nobody may be that of somebody who was removed: once that has happened by an
   * anonymous link with such rights, it no longer moderates.
   */
  async refuseSuspect({ roomId, identity, claims }: RoomMemberCaller, db: Db = this.#db): Promise<void> {
    if (identity !== null || claims.userId !== undefined || claims.memberId !== undefined) return
    if (await wasKicked(db, roomId, 'moderator')) throw forbidden()
  }

  /**
   * Gives or takes the moderator's permissions for the rest of this meeting, at once. Throws NotFound when they
   * are not in it, Conflict where it cannot be done.
   */
  async changeRole(
    caller: RoomMemberCaller,
    identity: string,
    action: 'upgrade' | 'downgrade',
  ): Promise<void> {
    const { roomId } = caller
    const isUpgrade = action === 'upgrade'
    const { permissions, badge, may } = await this.#change(roomId, async (tx, room) => {
      await this.refuseSuspect(caller, tx)
      const found = await findParticipant(tx, roomId, identity)
      if (found === undefined || found.connectedSid === null || found.kickedAt !== null)
        throw notInMeeting(identity)
      if (isUpgrade && found.badge !== 'other')
        throw new Conflict('already_moderator', `Participant '${identity}' cannot be promoted to moderator`, {
          error: 'Participant Error',
        })
      if (!isUpgrade && found.isPromotedModerator !== 1)
        throw new Conflict('not_promoted', `Participant '${identity}' cannot be demoted`, {
          error: 'Participant Error',
        })
      const roles = rolesOf(room)
      const given = isUpgrade
        ? either(permissionsOf(found), roles.moderator.permissions)
        : roles.speaker.permissions
      const change = {
        permissions: JSON.stringify(given),
        badge: isUpgrade ? 'moderator' : 'other',
        isPromotedModerator: isUpgrade ? 1 : 0,
      } as const
      await updateParticipant(tx, roomId, identity, change)
      const may = await mayNow(tx, room, { identity, permissions: given })
      return { permissions: given, badge: change.badge, may }
    })
    await this.#livekit.grant(roomId, identity, may)
    await this.#livekit.tell(roomId, { type: 'meeting.role', identity, badge, permissions }, [identity])
    await this.#livekit.tell(roomId, { type: 'participants.changed' })
  }

  /** A room member's rights changed, or ended (null): whoever is in the meeting as that member is told, or removed. */
  async memberChanged(room: RoomRow, memberId: string, member: RoomMemberRow | null): Promise<void> {
    const { roomId } = room
    const rows = (await listParticipants(this.#db, roomId)).filter((row) => row.memberId === memberId)
    for (const { identity } of rows) {
      const permissions = member === null ? null : permissionsOfMember(room, member)
      if (permissions === null || !permissions.meetingJoin) {
        await updateParticipant(this.#db, roomId, identity, { kickedAt: this.#clock.now() })
        await this.#livekit.removeParticipant(roomId, identity)
        continue
      }
      const badge = covers(permissions, rolesOf(room).moderator.permissions) ? 'moderator' : 'other'
      await updateParticipant(this.#db, roomId, identity, {
        permissions: JSON.stringify(permissions),
        badge,
        tokenIssuedAt: this.#clock.now(),
        isPromotedModerator: 0,
      })
      await this.#livekit.grant(roomId, identity, await mayNow(this.#db, room, { identity, permissions }))
      await this.#livekit.tell(roomId, { type: 'meeting.role', identity, badge, permissions }, [identity])
    }
    if (rows.length > 0) await this.#livekit.tell(roomId, { type: 'participants.changed' })
  }

  /**
   * Mutes or stops what a participant sends, or asks them to send it: nobody is unmuted by force. Throws NotFound
   * when they are not in the meeting.
   */
  async setMedia(caller: ParticipantCaller, identity: string, change: MediaChange): Promise<void> {
    const { roomId } = caller
    const { room, target } = await this.#pair(caller, identity)
    const off = (['audio', 'video'] as const).filter((kind) => change[kind] === 'off')
    if (off.length > 0) {
      const sources = off.map((kind) => (kind === 'audio' ? TrackSource.MICROPHONE : TrackSource.CAMERA))
      const present = await this.#livekit.listParticipants(roomId)
      const participant = present.find((one) => one.identity === identity)
      if (participant !== undefined) await this.#livekit.muteTracks(roomId, participant, sources)
    }
    if (change.screen === 'off') {
      // LiveKit has no call for it: a source that may not be published is taken off at once.
      const may = await mayNow(this.#db, room, { identity, permissions: permissionsOf(target) })
      await this.#livekit.grant(roomId, identity, { ...may, mediaShareScreen: false })
      await this.#livekit.grant(roomId, identity, may)
    }
    const asked = (['audio', 'video', 'screen'] as const).filter((kind) => change[kind] === 'ask')
    const muted = (['audio', 'video', 'screen'] as const).filter((kind) => change[kind] === 'off')
    const by = caller.name
    if (asked.length > 0)
      await this.#livekit.tell(roomId, { type: 'meeting.asked', identity, media: asked, by }, [identity])
    if (muted.length > 0)
      await this.#livekit.tell(roomId, { type: 'meeting.stopped', identity, media: muted, by }, [identity])
  }

  /** Mutes every microphone but the caller's. They may unmute, unless the microphone is locked too. */
  async muteAll(caller: ParticipantCaller): Promise<void> {
    const { roomId } = caller
    await this.#requireHere(this.#db, caller)
    const others = (await this.#livekit.listParticipants(roomId)).filter(
      ({ identity }) => identity !== caller.identity,
    )
    await Promise.all(others.map((one) => this.#livekit.muteTracks(roomId, one, [TrackSource.MICROPHONE])))
    const identities = others.map(({ identity }) => identity)
    const told = { type: 'meeting.stopped', identity: null, media: ['audio'], by: caller.name }
    await this.#livekit.tell(roomId, told, identities)
  }

  /** Locks for everybody who may not remove others; part of the room's settings, so they outlast the meeting. */
  async setLocks(caller: ParticipantCaller, change: Partial<Locks>): Promise<Locks> {
    const { roomId } = caller
    const room = await this.#change(roomId, async (tx, before) => {
      await this.#requireHere(tx, caller)
      const settings = settingsOf(before)
      const locks = { ...settings.locks, ...change }
      const update = { settings: JSON.stringify({ ...settings, locks }) }
      await updateRoom(tx, roomId, update)
      await audit(tx, this.#clock.now(), {
        orgId: caller.orgId,
        caller,
        action: 'meeting.locked',
        target: roomId,
        details: { ...change },
      })
      return { ...before, ...update }
    })
    await this.settingsChanged(room)
    return settingsOf(room).locks
  }

  /** Carries a room's settings into the meeting that runs: grants in LiveKit, and what pages show. */
  async settingsChanged(room: RoomRow): Promise<void> {
    const { roomId } = room
    const { state, settings } = await this.#change(roomId, async (tx, fresh) => ({
      state: await stateAfterChange(tx, fresh),
      // Not those of the change that led here: another may have followed.
      settings: settingsOf(fresh),
    }))
    await this.#grants.renew(roomId, (row) => !permissionsOf(row).participantKick)
    await this.#livekit.tell(roomId, { type: 'room.settings', settings })
    await this.#tellState(roomId, state)
  }

  /** Raises or lowers one's own hand; raising it again keeps its place. */
  async setOwnHand(caller: ParticipantCaller, isRaised: boolean): Promise<void> {
    const { roomId, identity } = caller
    const state = await this.#change(roomId, async (tx, room) => {
      const row = await this.#requireHere(tx, caller)
      if ((row.handNumber !== null) === isRaised) return null
      // The version that tells of it is also its place: both only count up.
      const handNumber = isRaised ? await countUp(tx, roomId, 'stateVersion') : null
      await updateParticipant(tx, roomId, identity, { handNumber })
      return stateAfterChange(tx, room)
    })
    if (state !== null) await this.#tellState(roomId, state)
  }

  /** Lowers somebody's hand, or with null all of them; a hand that is down already is no error. */
  async lowerHands(caller: ParticipantCaller, identity: string | null): Promise<void> {
    const { roomId } = caller
    const state = await this.#change(roomId, async (tx, room) => {
      await this.#requireHere(tx, caller)
      let hands = tx
        .updateTable('participant')
        .set({ handNumber: null })
        .where('roomId', '=', roomId)
        .where('handNumber', 'is not', null)
      if (identity !== null) hands = hands.where('identity', '=', identity)
      const { numUpdatedRows } = await hands.executeTakeFirstOrThrow()
      return numUpdatedRows === 0n ? null : stateAfterChange(tx, room)
    })
    if (state !== null) await this.#tellState(roomId, state)
  }

  /** Puts one participant on everybody's stage, or with null nobody. Throws NotFound when they are not here. */
  async setSpotlight(caller: ParticipantCaller, identity: string | null): Promise<void> {
    const { roomId } = caller
    const state = await this.#change(roomId, async (tx, room) => {
      await this.#requireHere(tx, caller)
      if (identity !== null) {
        const row = await findParticipant(tx, roomId, identity)
        if (row === undefined || row.connectedSid === null || row.kickedAt !== null)
          throw notInMeeting(identity)
      }
      await tx
        .updateTable('participant')
        .set((eb) => ({
          isSpotlit: eb
            .case()
            .when('identity', '=', identity ?? '')
            .then(1)
            .else(0)
            .end(),
        }))
        .where('roomId', '=', roomId)
        .execute()
      return stateAfterChange(tx, room)
    })
    await this.#tellState(roomId, state)
  }

  /** Shows a reaction to everybody; nothing of it is kept. */
  async react(caller: ParticipantCaller, reaction: string): Promise<void> {
    await this.#requireHere(this.#db, caller)
    const { roomId, identity } = caller
    await this.#livekit.tell(roomId, { type: 'meeting.reaction', identity, reaction })
  }

  /** What holds for the whole meeting: hands, spotlight, locks. Throws NotFound for a room that is gone. */
  async state(roomId: string): Promise<MeetingState> {
    const room = await this.#db.selectFrom('room').selectAll().where('roomId', '=', roomId).executeTakeFirst()
    if (room === undefined) throw roomNotFound(roomId)
    return readState(this.#db, room)
  }

  async #change<T>(roomId: string, act: (tx: Db, room: RoomRow) => Promise<T>): Promise<T> {
    return this.#db.transaction().execute(async (tx) => {
      const room = await lockRoom(tx, roomId)
      if (room === undefined) throw roomNotFound(roomId)
      return act(tx, room)
    })
  }

  async #requireHere(db: Db, { roomId, identity }: ParticipantCaller): Promise<ParticipantRow> {
    const row = await findParticipant(db, roomId, identity)
    if (row === undefined || row.connectedSid === null || row.kickedAt !== null) throw notInMeeting(identity)
    return row
  }

  async #pair(caller: ParticipantCaller, identity: string) {
    return this.#change(caller.roomId, async (tx, room) => {
      await this.#requireHere(tx, caller)
      const target = await findParticipant(tx, caller.roomId, identity)
      if (target === undefined || target.connectedSid === null || target.kickedAt !== null)
        throw notInMeeting(identity)
      return { room, target }
    })
  }

  async #tellState(roomId: string, state: MeetingState): Promise<void> {
    await this.#livekit.tell(roomId, { type: 'meeting.state', state })
  }
}

/** Whether both came, or hold a token to come, with one browser; a backend that holds a key is none. */
const isOtherTab = (other: ParticipantRow, { browserId }: ParticipantRow): boolean =>
  browserId !== null &&
  !browserId.startsWith('key ') &&
  other.browserId === browserId &&
  other.kickedAt === null
