import type { ParticipantInfo, WebhookEvent } from 'livekit-server-sdk'
import type { Clock } from '../clock.ts'
import type { Config } from '../config.ts'
import type { Database, Db } from '../db/open.ts'
import { roomNotFound } from '../errors.ts'
import type { RoomMemberCaller } from '../http/caller.ts'
import { newId } from '../ids.ts'
import { isOurs, type LiveKit } from '../livekit/client.ts'
import { hasGrant } from '../livekit/grants.ts'
import type { Logger } from '../log.ts'
import { deleteRecordingsOfRoom } from '../recordings/lifecycle.ts'
import type { PermissionSet } from '../rooms/permissions.ts'
import { deleteRoom, findRoomById, lockRoom, type RoomRow, updateRoom } from '../rooms/store.ts'
import { emitRoomEvent } from '../rooms/events.ts'
import { settingsOf } from '../rooms/view.ts'
import { insertAdmission } from '../waiting-room/store.ts'
import { attend, emitParticipant, endMeetings } from './attendance.ts'
import { mayNow } from './may.ts'
import { Sandboxes } from './sandbox.ts'
import type { MeetingState } from './schema.ts'
import { stateAfterChange } from './state.ts'
import {
  findParticipant,
  findRunningMeeting,
  listParticipants,
  type ParticipantRow,
  updateParticipant,
} from './store.ts'

const RECONCILE_MS = 10_000
/** A LiveKit room made a moment ago may not be listed yet. */
const SETTLE_MS = 15_000
const SANDBOX_SWEEP_MS = 1000

interface Options {
  database: Database
  config: Config
  clock: Clock
  livekit: LiveKit
  log: Logger
}

/** The meetings that run in rooms: their life from LiveKit's events, who is in them, and who may do what. */
export class Meetings {
  readonly #db: Db
  readonly #config: Config
  readonly #clock: Clock
  readonly #livekit: LiveKit
  readonly #log: Logger
  #timer: NodeJS.Timeout | undefined
  #sweepTimer: NodeJS.Timeout | undefined
  readonly #sandboxes: Sandboxes

  constructor(options: Options) {
    this.#db = options.database.db
    this.#config = options.config
    this.#clock = options.clock
    this.#livekit = options.livekit
    this.#log = options.log
    this.#sandboxes = new Sandboxes(options)
  }

  /**
   * Compares with LiveKit now and every 10 s, so that a lost event or downtime leaves no wrong status. `isNewLiveKit`:
   * it has started after us, so whatever meeting is on record is over.
   */
  start({ isNewLiveKit }: { isNewLiveKit: boolean }): void {
    const tick = (settleMs: number) => {
      this.reconcile(settleMs).catch((err: unknown) =>
        this.#log.debug({ err }, 'LiveKit could not be asked, trying again'),
      )
    }
    this.#timer = setInterval(() => tick(SETTLE_MS), RECONCILE_MS).unref()
    this.#sweepTimer = setInterval(() => {
      this.endSandboxes().catch((err: unknown) =>
        this.#log.debug({ err }, 'sandbox meetings were not ended, trying again'),
      )
    }, SANDBOX_SWEEP_MS).unref()
    tick(isNewLiveKit ? 0 : SETTLE_MS)
  }

  close(): void {
    clearInterval(this.#timer)
    clearInterval(this.#sweepTimer)
  }

  /** Takes one of LiveKit's signed events. Repeated and late ones change nothing. */
  async handle(event: WebhookEvent): Promise<void> {
    const { room, participant } = event
    if (room === undefined) return
    switch (event.event) {
      case 'room_started':
        if (isOurs(room.metadata)) await this.#started(room.name, room.sid)
        break
      case 'room_finished':
        await this.#ended(room.name, room.sid)
        break
      case 'participant_joined':
        if (participant !== undefined) await this.#joined(room.name, room.sid, participant)
        break
      case 'participant_left':
      case 'participant_connection_aborted':
        if (participant !== undefined) await this.#left(room.name, participant.identity, participant.sid)
        break
      default:
    }
  }

  /** Puts right what differs between our rows and what LiveKit says runs; meetings younger than `settleMs` are left. */
  async reconcile(settleMs = SETTLE_MS): Promise<void> {
    const before = this.#clock.now()
    const running = new Map((await this.#livekit.listRooms()).map((room) => [room.name, room]))
    const active = await this.#db
      .selectFrom('room')
      .select(['roomId'])
      .where('status', '=', 'active_meeting')
      .execute()
    const open = await this.#db
      .selectFrom('meeting')
      .select(['roomId', 'livekitSid', 'startedAt'])
      .where('endedAt', 'is', null)
      .execute()
    for (const [roomId, room] of running) await this.#started(roomId, room.sid)
    const candidates = new Set([...active.map((row) => row.roomId), ...open.map((row) => row.roomId)])
    for (const roomId of candidates) {
      const sid = running.get(roomId)?.sid
      const stale = open.filter(
        (row) => row.roomId === roomId && row.livekitSid !== sid && row.startedAt < before - settleMs,
      )
      for (const row of stale) await this.#ended(roomId, row.livekitSid)
      // Active without any meeting on record: nothing will ever end it, so it ends here.
      if (sid === undefined && !open.some((row) => row.roomId === roomId)) await this.#ended(roomId, null)
    }
    for (const [roomId, room] of running) await this.#reconcileParticipants(roomId, room.sid)
  }

  async #reconcileParticipants(roomId: string, livekitSid: string): Promise<void> {
    const room = await findRoomById(this.#db, roomId)
    // A room that was deleted here must not go on in LiveKit.
    if (room === undefined) {
      await this.#livekit.endRoom(roomId)
      return
    }
    const present = await this.#livekit.listParticipants(roomId)
    const sids = new Set(present.map((participant) => participant.sid))
    for (const row of await listParticipants(this.#db, roomId)) {
      if (row.connectedSid !== null && !sids.has(row.connectedSid))
        await this.#left(roomId, row.identity, row.connectedSid)
    }
    for (const participant of present) await this.#joined(roomId, livekitSid, participant)
  }

  async #started(roomId: string, livekitSid: string): Promise<void> {
    const now = this.#clock.now()
    await this.#db.transaction().execute(async (tx) => {
      const room = await lockRoom(tx, roomId)
      if (room === undefined) return
      const known = await tx
        .selectFrom('meeting')
        .select('id')
        .where('livekitSid', '=', livekitSid)
        .executeTakeFirst()
      if (known !== undefined) return
      // LiveKit runs one room of a name: another that is on record ended without our hearing of it, as when LiveKit
      // died. Whoever was in it may come back by themselves, so they stay on the list.
      const previous = await findRunningMeeting(tx, roomId)
      if (previous !== undefined) {
        await tx
          .updateTable('participant')
          .set({ livekitSid })
          .where('roomId', '=', roomId)
          .where('livekitSid', '=', previous.livekitSid)
          .execute()
        await tx
          .updateTable('admission')
          .set({ livekitSid })
          .where('roomId', '=', roomId)
          .where('livekitSid', '=', previous.livekitSid)
          .execute()
        if (await endMeetings(tx, roomId, previous.livekitSid, { room, now }))
          await emitRoomEvent(tx, this.#config, now, 'meetingEnded', { ...room, status: 'open' })
      }
      const { numInsertedOrUpdatedRows } = await tx
        .insertInto('meeting')
        .values({
          id: newId('meeting'),
          orgId: room.orgId,
          environment: room.environment,
          roomId,
          roomName: room.name,
          livekitSid,
          startedAt: now,
          endedAt: null,
          endsAt: null,
        })
        .onConflict((conflict) => conflict.column('livekitSid').doNothing())
        .executeTakeFirstOrThrow()
      if (numInsertedOrUpdatedRows === 0n) return
      await updateRoom(tx, roomId, { status: 'active_meeting' })
      await emitRoomEvent(tx, this.#config, now, 'meetingStarted', { ...room, status: 'active_meeting' })
    })
  }

  /** Ends the meeting that ran as `livekitSid` (null: whatever is on record), and does what was asked for its end. */
  async #ended(roomId: string, livekitSid: string | null): Promise<void> {
    const now = this.#clock.now()
    await this.#db.transaction().execute(async (tx) => {
      const room = await lockRoom(tx, roomId)
      const hasEnded = await endMeetings(tx, roomId, livekitSid, { room, now })
      if (room === undefined) return
      if ((await findRunningMeeting(tx, roomId)) !== undefined) {
        if (hasEnded) await emitRoomEvent(tx, this.#config, now, 'meetingEnded', room)
        return
      }
      if (!hasEnded && room.status !== 'active_meeting') return
      if (room.meetingEndAction === 'delete') {
        await emitRoomEvent(tx, this.#config, now, 'meetingEnded', room)
        await deleteRecordingsOfRoom(tx, room.orgId, roomId, now)
        await deleteRoom(tx, roomId)
        await emitRoomEvent(tx, this.#config, now, 'roomDeleted', room)
        return
      }
      const isClosing = room.meetingEndAction === 'close'
      const change = {
        status: isClosing || room.status === 'closed' ? 'closed' : 'open',
        meetingEndAction: 'none',
      } as const
      await updateRoom(tx, roomId, change)
      await emitRoomEvent(tx, this.#config, now, 'meetingEnded', { ...room, ...change })
    })
  }

  async #joined(roomId: string, livekitSid: string, participant: ParticipantInfo): Promise<void> {
    // A recorder, by a token that only we sign; it is nobody's guest.
    if (participant.permission?.hidden === true) return
    const now = this.#clock.now()
    const known = await this.#db
      .selectFrom('meeting')
      .select('id')
      .where('livekitSid', '=', livekitSid)
      .executeTakeFirst()
    // LiveKit's events come side by side: whoever joins belongs to a meeting.
    if (known === undefined) await this.#started(roomId, livekitSid)
    const outcome = await this.#db.transaction().execute(async (tx) => {
      const room = await lockRoom(tx, roomId)
      const row = await findParticipant(tx, roomId, participant.identity)
      if (room === undefined || row === undefined || row.kickedAt !== null) return null
      const isNew = row.connectedSid !== participant.sid
      if (isNew && (await isLate(tx, room, row, now))) return null
      const permissions = JSON.parse(row.permissions) as PermissionSet
      const may = await mayNow(tx, room, { identity: row.identity, permissions })
      if (isNew) {
        await updateParticipant(tx, roomId, row.identity, { connectedSid: participant.sid })
        await emitParticipant(tx, 'participantJoined', room, row, now)
        if (row.browserId !== null)
          await insertAdmission(tx, {
            roomId,
            browserId: row.browserId,
            livekitSid,
            isByModerator: 0,
            at: now,
          })
      }
      await attend(tx, { livekitSid, participantSid: participant.sid, row, now })
      if (room.environment === 'test') await this.#sandboxes.begin(tx, livekitSid)
      return { isNew, may }
    })
    if (outcome === null) {
      // LiveKit 1.13.5 lets a removed identity in again with its old token (revokeTokenTs changes nothing), and a
      // token may outlive its meeting: who is not on our list is removed as soon as LiveKit tells of them.
      await this.#livekit.removeParticipant(roomId, participant.identity)
      return
    }
    // A token from before a lock or a change of role brings grants of its time along.
    if (!hasGrant(participant.permission, outcome.may))
      await this.#livekit.grant(roomId, participant.identity, outcome.may)
    if (!outcome.isNew) return
    await this.#livekit.tell(roomId, { type: 'participants.changed' })
    const remainingMs = await this.#sandboxes.remainingMs(roomId)
    if (remainingMs !== null) await this.#livekit.tell(roomId, { type: 'meeting.sandbox', remainingMs })
  }

  /**
   * Takes note of somebody who is connected before LiveKit's event of it has come: what they do at once, or is done to
   * them, is not refused. LiveKit is asked only about who was let in and is not known to be there; where it cannot be
   * asked, its event will come.
   */
  async notice(roomId: string, identity: string): Promise<void> {
    const row = await findParticipant(this.#db, roomId, identity)
    if (row === undefined || row.connectedSid !== null || row.kickedAt !== null) return
    const found = await this.#livekit.findParticipant(roomId, identity).catch((err: unknown) => {
      this.#log.debug({ err, roomId }, 'LiveKit could not be asked about a participant')
    })
    if (found) await this.#joined(roomId, found.roomSid, found.participant)
  }

  /** What is left of a test meeting that runs in a room, in ms; null for others. */
  remainingMs(roomId: string): Promise<number | null> {
    return this.#sandboxes.remainingMs(roomId)
  }

  async #left(roomId: string, identity: string, sid: string): Promise<void> {
    const now = this.#clock.now()
    const state = await this.#db.transaction().execute(async (tx): Promise<MeetingState | null> => {
      // Every change of a meeting takes the room first, so that two never wait for each other.
      const room = await lockRoom(tx, roomId)
      await tx
        .updateTable('attendance')
        .set({ leftAt: now })
        .where('participantSid', '=', sid)
        .where('leftAt', 'is', null)
        .execute()
      // A second tab with the same identity has another sid, and stays.
      const row = await findParticipant(tx, roomId, identity)
      if (room === undefined || row === undefined || row.connectedSid !== sid) return null
      await emitParticipant(tx, 'participantLeft', room, row, now)
      await updateParticipant(tx, roomId, identity, {
        connectedSid: null,
        handNumber: null,
        isSpotlit: 0,
        ...(row.kickedAt === null && { expiresAt: Math.min(row.expiresAt, now) }),
      })
      return row.handNumber !== null || row.isSpotlit === 1 ? stateAfterChange(tx, room) : null
    })
    if (state !== null) await this.#livekit.tell(roomId, { type: 'meeting.state', state })
  }

  /** Ends the meeting for all; without one it does nothing. */
  async end(caller: RoomMemberCaller): Promise<void> {
    const { roomId } = caller
    if ((await findRoomById(this.#db, roomId)) === undefined) throw roomNotFound(roomId)
    if ((await findRunningMeeting(this.#db, roomId)) !== undefined)
      await this.#livekit.tell(roomId, { type: 'meeting.ended', by: caller.name })
    await this.#livekit.endRoom(roomId)
    await this.#ended(roomId, null)
  }

  /** Ends sandbox meetings whose minute is over. */
  async endSandboxes(): Promise<void> {
    for (const roomId of await this.#sandboxes.over()) {
      await this.#livekit.tell(roomId, { type: 'meeting.ended', by: null, reason: 'sandbox' })
      await this.#livekit.endRoom(roomId)
      await this.#ended(roomId, null)
    }
  }
}

/** Whether somebody comes back with a token whose place is taken: the meeting has filled up meanwhile. */
async function isLate(tx: Db, room: RoomRow, row: ParticipantRow, now: number): Promise<boolean> {
  const { maxParticipants } = settingsOf(room)
  if (maxParticipants === null || row.connectedSid !== null || row.expiresAt > now) return false
  const others = (await listParticipants(tx, room.roomId)).filter(
    (one) =>
      one.identity !== row.identity &&
      one.kickedAt === null &&
      (one.connectedSid !== null || one.expiresAt > now),
  )
  return others.length >= maxParticipants
}
