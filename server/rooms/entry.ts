import { findRoleChange } from '../accounts/store.ts'
import type { Clock } from '../clock.ts'
import type { Config } from '../config.ts'
import type { Database, Db } from '../db/open.ts'
import { BadRequest, Conflict, forbidden, NotFound, roomNotFound, Unauthorized } from '../errors.ts'
import type { KeyCaller, NobodyCaller, RoomMemberCaller, SessionCaller } from '../http/caller.ts'
import type { LiveKit } from '../livekit/client.ts'
import {
  type LiveKitCredentials,
  type RoomMemberClaims,
  signRoomMemberToken,
  verifyRoomMemberToken,
} from '../livekit/grants.ts'
import { mayNow } from '../meetings/may.ts'
import { findParticipant, type ParticipantRow } from '../meetings/store.ts'
import type { KnockRow } from '../waiting-room/store.ts'
import type { WaitingRoom } from '../waiting-room/waiting-room.ts'
import { admit, badgeFor, type Entrant, isWrongSecret, newIdentity } from './entrants.ts'
import { claimsOf, kicked, prolong, refuseKicked, reserve } from './reservations.ts'
import { findRoomById, findRoomMember, lockRoom, type RoomRow } from './store.ts'
import { rolesOf } from './view.ts'

/** A test room's token lives no longer than its meetings do. */
const TEST_TOKEN_SECONDS = 60
const REFRESH_TOLERANCE_SECONDS = 10

interface Options {
  database: Database
  config: Config
  clock: Clock
  livekit: LiveKit
  credentials: LiveKitCredentials
  waitingRoom: WaitingRoom
  /** Takes note of who is connected before LiveKit's event of it has come. */
  notice: (roomId: string, identity: string) => Promise<void>
}

/** A joining token, or the knock of who has to be admitted first. */
export type JoinAnswer = { token: string } | { knockId: string }

export interface EntryRequest {
  secret?: string | undefined
  participantName?: string | undefined
  /** Signed cookie of this browser; a kick marks it. */
  browserId: string
  /** Where the browser's LiveKit client is to connect. */
  livekitUrl: string
  /** Counts a join of who may join; throws TooManyRequests. */
  count: () => Promise<void>
  /** Counts a secret that opens nothing for the address that it came from; throws TooManyRequests. */
  countWrongSecret: () => Promise<void>
}

/** Who may enter a room with which grants: mints, verifies and refreshes room member tokens. */
export class Entry {
  readonly #db: Db
  readonly #config: Config
  readonly #clock: Clock
  readonly #livekit: LiveKit
  readonly #credentials: LiveKitCredentials
  readonly #waitingRoom: WaitingRoom
  readonly #notice: Options['notice']

  constructor(options: Options) {
    this.#db = options.database.db
    this.#config = options.config
    this.#clock = options.clock
    this.#livekit = options.livekit
    this.#credentials = options.credentials
    this.#waitingRoom = options.waitingRoom
    this.#notice = options.notice
  }

  /**
   * A token that tells what its bearer may do in the room and joins nothing; it has no effect on others.
   * Errors as contract/openvidu-meet.md 5.3 lists them.
   */
  async issueAccess(
    caller: SessionCaller | NobodyCaller,
    roomId: string,
    request: EntryRequest,
  ): Promise<string> {
    const room = await this.#getRoom(roomId)
    const entrant = await this.#admit(caller, room, request)
    // With the name that is known of them, for the lobby to suggest.
    const { name } = entrant
    return signRoomMemberToken(this.#credentials, this.#claims(room, entrant), this.#ttlSeconds(room), {
      name,
    })
  }

  /**
   * A joining token. Makes the LiveKit room and reserves the name, so it is asked for at the click on Join. Who has
   * to be admitted gets a knock instead, and no room is made for them. Throws Conflict when the room is closed or
   * full, Forbidden without meetingJoin or after a kick, BadRequest without a name, and what a knock throws.
   */
  async issueJoin(
    caller: SessionCaller | NobodyCaller,
    roomId: string,
    request: EntryRequest,
  ): Promise<JoinAnswer> {
    const room = await this.#getRoom(roomId)
    const entrant = await this.#admit(caller, room, request)
    if (room.status === 'closed') throw closed(room)
    if (!entrant.permissions.meetingJoin) throw forbidden()
    const name = nonEmpty(request.participantName) ?? nonEmpty(entrant.name)
    if (name === undefined)
      throw new BadRequest(
        'name_required',
        'participantName is required when joining a meeting and it cannot be inferred from member/user context',
        { error: 'Room Member Error' },
      )
    await refuseKicked(this.#db, roomId, this.#claims(room, entrant), request.browserId)
    await request.count()
    const mustKnock = await this.#waitingRoom.mustKnock(this.#db, room, entrant, request.browserId)
    const token = mustKnock ? null : await this.#join(room, entrant, name, request)
    if (token !== null) return { token }
    return { knockId: await this.#waitingRoom.knock(roomId, entrant, name, request.browserId) }
  }

  /**
   * The joining token of somebody who was admitted; null where what their link or session allowed has changed since
   * they knocked. Throws as {@link issueJoin} does.
   */
  async issueAdmitted(knock: KnockRow, livekitUrl: string): Promise<string | null> {
    const room = await this.#getRoom(knock.roomId)
    const entrant = JSON.parse(knock.entrant) as Entrant
    if (room.status === 'closed') throw closed(room)
    if (room.rolesUpdatedAt > knock.createdAt) return null
    if (entrant.memberId !== undefined) {
      const member = await findRoomMember(this.#db, room.roomId, { memberId: entrant.memberId })
      if (member === undefined || member.permissionsUpdatedAt > knock.createdAt) return null
    }
    return this.#join(room, entrant, knock.name, {
      browserId: knock.browserId,
      livekitUrl,
      identity: knock.identity,
    })
  }

  /** As {@link admit}. Wrong secrets alone count by address, so nobody's link fails for what others try beside them. */
  async #admit(
    caller: SessionCaller | NobodyCaller,
    room: RoomRow,
    { secret, countWrongSecret }: EntryRequest,
  ): Promise<Entrant> {
    try {
      return await admit(this.#db, caller, room, secret)
    } catch (err) {
      if (isWrongSecret(err)) await countWrongSecret()
      throw err
    }
  }

  /** Null for who has to knock after all: the meeting changed meanwhile. */
  async #join(
    room: RoomRow,
    entrant: Entrant,
    name: string,
    request: Pick<EntryRequest, 'browserId' | 'livekitUrl'> & { identity?: string },
  ): Promise<string | null> {
    const { roomId } = room
    const { sid } = await this.#livekit.openRoom(roomId)
    const claims = this.#claims(room, entrant)
    const { browserId, livekitUrl, identity = newIdentity(entrant, name) } = request
    const expiresAt = claims.iat + this.#ttlSeconds(room) * 1000
    const reserved = await this.#db.transaction().execute(async (tx) => {
      const locked = await lockRoom(tx, roomId)
      if (locked === undefined) throw roomNotFound(roomId)
      await refuseKicked(tx, roomId, { ...claims, identity }, browserId)
      if (await this.#waitingRoom.mustKnock(tx, locked, entrant, browserId)) return null
      const wanted = { identity, name, browserId, livekitSid: sid, expiresAt }
      const place = await reserve(tx, locked, entrant, claims, wanted)
      const { permissions } = claims
      return { ...place, may: await mayNow(tx, locked, { identity: place.identity, permissions }) }
    })
    if (reserved === null) return null
    return signRoomMemberToken(this.#credentials, { ...claims, livekitUrl }, this.#ttlSeconds(room), reserved)
  }

  /**
   * The way back in for who lost the connection: the same identity and name, with what they are allowed now. Throws
   * Forbidden for another room's token or after a kick, NotFound when the meeting does not know them (any more).
   */
  async issueRejoin(token: string, roomId: string, livekitUrl: string): Promise<string> {
    const { room, identity, row } = await this.#holderOf(token, roomId)
    if (row?.kickedAt != null) throw kicked()
    if (row === undefined || row.connectedSid === null) throw notInMeeting(identity)
    const { sid } = await this.#livekit.openRoom(roomId)
    return this.#renew(room, row, livekitUrl, sid)
  }

  /** A joining token for a backend's own participant, with a moderator's rights; for who holds a key. */
  async issueForKey(
    caller: KeyCaller,
    room: RoomRow,
    participantName: string,
    livekitUrl: string,
  ): Promise<string> {
    if (room.status === 'closed') throw closed(room)
    const { permissions } = rolesOf(room).moderator
    const badge = badgeFor(permissions, room)
    const entrant: Entrant = { permissions, badge, link: null, isColleague: true }
    const browserId = `key ${caller.keyId}`
    const token = await this.#join(room, entrant, participantName, { browserId, livekitUrl })
    // A key's role may have been given no rights at all; nobody is there to wait for a moderator.
    if (token === null) throw forbidden()
    return token
  }

  /**
   * A fresh token for somebody who is in the meeting, with what they are allowed now. Throws Unauthorized for a
   * token that never could join, Forbidden for another room's, NotFound when they are not connected.
   */
  async refresh(token: string | undefined, roomId: string, livekitUrl: string): Promise<string> {
    const { room, identity, row } = await this.#holderOf(token, roomId)
    if (row === undefined || row.connectedSid === null || row.kickedAt !== null) throw notInMeeting(identity)
    return this.#renew(room, row, livekitUrl, row.livekitSid)
  }

  /** Whose joining token this is, and what is known of them. A token that has just run out counts. */
  async #holderOf(
    token: string | undefined,
    roomId: string,
  ): Promise<{ room: RoomRow; identity: string; row: ParticipantRow | undefined }> {
    const verified =
      token === undefined
        ? null
        : await verifyRoomMemberToken(this.#credentials, token, REFRESH_TOLERANCE_SECONDS)
    if (verified === null || verified.identity === null)
      throw new Unauthorized('auth_invalid', 'Invalid token')
    if (verified.claims.roomId !== roomId) throw forbidden()
    const room = await this.#getRoom(roomId)
    const { identity } = verified
    await this.#notice(roomId, identity)
    return { room, identity, row: await findParticipant(this.#db, roomId, identity) }
  }

  /** Signs what the participant may do now. */
  async #renew(room: RoomRow, row: ParticipantRow, livekitUrl: string, livekitSid: string): Promise<string> {
    const { roomId } = room
    const { identity } = row
    const claims: RoomMemberClaims = { ...claimsOf(row), iat: this.#clock.now(), livekitUrl }
    const expiresAt = claims.iat + this.#ttlSeconds(room) * 1000
    const name = await this.#db.transaction().execute(async (tx) => {
      await lockRoom(tx, roomId)
      return prolong(tx, row, { livekitSid, tokenIssuedAt: claims.iat }, expiresAt)
    })
    const may = await mayNow(this.#db, room, { identity, permissions: claims.permissions })
    return signRoomMemberToken(this.#credentials, claims, this.#ttlSeconds(room), { identity, name, may })
  }

  /**
   * The caller behind a room member token, or null when it does not count: expired, older than a change of the
   * room's roles or of the user's, its participant unknown or kicked. What a participant may do is read from our row: LiveKit
   * lets participants write their own metadata into the tokens that it refreshes.
   */
  async verify(token: string): Promise<RoomMemberCaller | null> {
    const verified = await verifyRoomMemberToken(this.#credentials, token)
    if (verified === null) return null
    let { claims } = verified
    let isPresent = false
    const room = await findRoomById(this.#db, claims.roomId)
    if (room === undefined) return null
    if (verified.identity !== null) {
      const row = await findParticipant(this.#db, claims.roomId, verified.identity)
      if (row === undefined || row.kickedAt !== null) return null
      isPresent = row.connectedSid !== null
      claims = { ...claimsOf(row), iat: Math.min(claims.iat, row.tokenIssuedAt) }
    }
    if (claims.iat < room.rolesUpdatedAt) return null
    if (claims.userId !== undefined) {
      const changedAt = await findRoleChange(this.#db, room.orgId, claims.userId)
      if (changedAt === undefined || claims.iat < changedAt) return null
    }
    if (claims.memberId !== undefined) {
      const member = await findRoomMember(this.#db, room.roomId, { memberId: claims.memberId })
      if (member === undefined || claims.iat < member.permissionsUpdatedAt) return null
    }
    return {
      kind: 'roomMember',
      orgId: room.orgId,
      environment: room.environment,
      roomId: room.roomId,
      identity: verified.identity,
      name: verified.name,
      isPresent,
      claims,
    }
  }

  async #getRoom(roomId: string): Promise<RoomRow> {
    const room = await findRoomById(this.#db, roomId)
    if (room === undefined) throw roomNotFound(roomId)
    return room
  }

  #claims(room: RoomRow, entrant: Entrant): RoomMemberClaims {
    return {
      iat: this.#clock.now(),
      roomId: room.roomId,
      ...(entrant.memberId === undefined ? {} : { memberId: entrant.memberId }),
      ...(entrant.userId === undefined ? {} : { userId: entrant.userId }),
      permissions: entrant.permissions,
      badge: entrant.badge,
    }
  }

  #ttlSeconds(room: RoomRow): number {
    const { tokenTtlSeconds } = this.#config.meeting
    return room.environment === 'test' ? Math.min(TEST_TOKEN_SECONDS, tokenTtlSeconds) : tokenTtlSeconds
  }
}

const closed = ({ roomId }: RoomRow) =>
  new Conflict('room_closed', `Room '${roomId}' is closed`, { error: 'Room Error' })
const notInMeeting = (identity: string) =>
  new NotFound('participant_not_found', `Participant '${identity}' is not in the meeting`, {
    error: 'Participant Error',
  })

function nonEmpty(text: string | undefined): string | undefined {
  const trimmed = text?.trim()
  return trimmed === undefined || trimmed === '' ? undefined : trimmed
}
