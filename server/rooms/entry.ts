import { findRoleChange } from '../accounts/store.ts'
import { findMember } from '../accounts/user-store.ts'
import type { Clock } from '../clock.ts'
import type { Config } from '../config.ts'
import type { Database, Db } from '../db/open.ts'
import {
  BadRequest,
  Conflict,
  Forbidden,
  forbidden,
  NotFound,
  roomNotFound,
  Unauthorized,
  unauthorized,
} from '../errors.ts'
import {
  hasRole,
  type KeyCaller,
  type NobodyCaller,
  type RoomMemberCaller,
  type SessionCaller,
} from '../http/caller.ts'
import { randomLower } from '../ids.ts'
import type { LiveKit } from '../livekit/client.ts'
import {
  type Badge,
  type LiveKitCredentials,
  type RoomMemberClaims,
  signRoomMemberToken,
  verifyRoomMemberToken,
} from '../livekit/grants.ts'
import {
  deleteUnheldNames,
  findParticipant,
  type ParticipantRow,
  updateParticipant,
} from '../meetings/store.ts'
import {
  ALL_PERMISSIONS,
  covers,
  either,
  NO_PERMISSIONS,
  type PermissionSet,
  RECORDING_READER,
} from './permissions.ts'
import { slugOf } from '../slug.ts'
import type { RoomSettings } from './schema.ts'
import { findRoomById, findRoomMember, lockRoom, type RoomRow } from './store.ts'
import { accessOf, permissionsOfMember, rolesOf } from './view.ts'

/** A test room's token lives no longer than its meetings do. */
const TEST_TOKEN_SECONDS = 60
const REFRESH_TOLERANCE_SECONDS = 10

interface Options {
  database: Database
  config: Config
  clock: Clock
  livekit: LiveKit
  credentials: LiveKitCredentials
}

/** Who comes in and with what right, before any token is made. */
interface Entrant {
  permissions: PermissionSet
  badge: Badge
  userId?: string
  memberId?: string
  name?: string
}

export interface EntryRequest {
  secret?: string | undefined
  participantName?: string | undefined
  /** Signed cookie of this browser; a kick marks it. */
  browserId: string
  /** Where the browser's LiveKit client is to connect. */
  livekitUrl: string
}

/** Who may enter a room with which grants: mints, verifies and refreshes room member tokens. */
export class Entry {
  readonly #db: Db
  readonly #config: Config
  readonly #clock: Clock
  readonly #livekit: LiveKit
  readonly #credentials: LiveKitCredentials

  constructor(options: Options) {
    this.#db = options.database.db
    this.#config = options.config
    this.#clock = options.clock
    this.#livekit = options.livekit
    this.#credentials = options.credentials
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
    const entrant = await this.#admit(caller, room, request.secret)
    // With the name that is known of them, for the lobby to suggest.
    const { name } = entrant
    return signRoomMemberToken(this.#credentials, this.#claims(room, entrant), this.#ttlSeconds(room), {
      name,
    })
  }

  /**
   * A joining token. Makes the LiveKit room and reserves the name, so it is asked for at the click on Join.
   * Throws Conflict when the room is closed, Forbidden without meetingJoin or after a kick, BadRequest without a name.
   */
  async issueJoin(
    caller: SessionCaller | NobodyCaller,
    roomId: string,
    request: EntryRequest,
  ): Promise<string> {
    const room = await this.#getRoom(roomId)
    const entrant = await this.#admit(caller, room, request.secret)
    if (room.status === 'closed')
      throw new Conflict('room_closed', `Room '${roomId}' is closed`, { error: 'Room Error' })
    if (!entrant.permissions.meetingJoin) throw forbidden()
    const name = nonEmpty(request.participantName) ?? nonEmpty(entrant.name)
    if (name === undefined)
      throw new BadRequest(
        'name_required',
        'participantName is required when joining a meeting and it cannot be inferred from member/user context',
        { error: 'Room Member Error' },
      )
    return this.#join(room, entrant, name, request)
  }

  async #join(
    room: RoomRow,
    entrant: Entrant,
    name: string,
    { browserId, livekitUrl }: Pick<EntryRequest, 'browserId' | 'livekitUrl'>,
  ): Promise<string> {
    const settings = JSON.parse(room.settings) as RoomSettings
    const { sid } = await this.#livekit.openRoom(room.roomId, settings.maxParticipants)
    const claims = this.#claims(room, entrant)
    const identity = entrant.memberId ?? entrant.userId ?? `${slugOf(name, 'participant')}-${randomLower(15)}`
    const reserved = await this.#reserve(room, claims, identity, name, browserId, sid)
    return signRoomMemberToken(this.#credentials, { ...claims, livekitUrl }, this.#ttlSeconds(room), {
      identity,
      name: reserved,
    })
  }

  /**
   * The way back in for who lost the connection: the same identity and name, with what they are allowed now. Throws
   * Forbidden for another room's token or after a kick, NotFound when the meeting does not know them (any more).
   */
  async issueRejoin(token: string, roomId: string, livekitUrl: string): Promise<string> {
    const verified = await verifyRoomMemberToken(this.#credentials, token, REFRESH_TOLERANCE_SECONDS)
    if (verified === null || verified.identity === null)
      throw new Unauthorized('auth_invalid', 'Invalid token')
    if (verified.claims.roomId !== roomId) throw forbidden()
    const room = await this.#getRoom(roomId)
    const row = await findParticipant(this.#db, roomId, verified.identity)
    if (row?.kickedAt != null) throw kicked()
    if (row === undefined || row.connectedSid === null) throw notInMeeting(verified.identity)
    const settings = JSON.parse(room.settings) as RoomSettings
    const { sid } = await this.#livekit.openRoom(roomId, settings.maxParticipants)
    return this.#renew(room, row, livekitUrl, sid)
  }

  /** A joining token for a backend's own participant, with a moderator's rights; for who holds a key. */
  async issueForKey(
    caller: KeyCaller,
    room: RoomRow,
    participantName: string,
    livekitUrl: string,
  ): Promise<string> {
    if (room.status === 'closed')
      throw new Conflict('room_closed', `Room '${room.roomId}' is closed`, { error: 'Room Error' })
    const { permissions } = rolesOf(room).moderator
    const entrant: Entrant = { permissions, badge: badgeFor(permissions, room) }
    return this.#join(room, entrant, participantName, { browserId: `key ${caller.keyId}`, livekitUrl })
  }

  /**
   * A fresh token for somebody who is in the meeting, with what they are allowed now. Throws Unauthorized for a
   * token that never could join, Forbidden for another room's, NotFound when they are not connected.
   */
  async refresh(token: string | undefined, roomId: string, livekitUrl: string): Promise<string> {
    const verified =
      token === undefined
        ? null
        : await verifyRoomMemberToken(this.#credentials, token, REFRESH_TOLERANCE_SECONDS)
    if (verified === null || verified.identity === null)
      throw new Unauthorized('auth_invalid', 'Invalid token')
    if (verified.claims.roomId !== roomId) throw forbidden()
    const room = await this.#getRoom(roomId)
    const row = await findParticipant(this.#db, roomId, verified.identity)
    if (row === undefined || row.connectedSid === null || row.kickedAt !== null)
      throw notInMeeting(verified.identity)
    return this.#renew(room, row, livekitUrl, row.livekitSid)
  }

  /**
   * Signs what the participant may do now. Where a new run of the room has begun meanwhile, and the last one's end
   * taken them off the list, they are put on it again.
   */
  async #renew(room: RoomRow, row: ParticipantRow, livekitUrl: string, livekitSid: string): Promise<string> {
    const { roomId } = room
    const { identity } = row
    const claims: RoomMemberClaims = { ...claimsOf(row), iat: this.#clock.now(), livekitUrl }
    const name = await this.#db.transaction().execute(async (tx) => {
      await lockRoom(tx, roomId)
      const change = { livekitSid, tokenIssuedAt: claims.iat }
      if ((await findParticipant(tx, roomId, identity)) !== undefined) {
        await updateParticipant(tx, roomId, identity, change)
        return row.name
      }
      const again = await takeName(tx, roomId, identity, row.name)
      const expiresAt = claims.iat + this.#ttlSeconds(room) * 1000
      await tx
        .insertInto('participant')
        .values({ ...row, ...change, name: again, connectedSid: null, expiresAt })
        .execute()
      return again
    })
    return signRoomMemberToken(this.#credentials, claims, this.#ttlSeconds(room), { identity, name })
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
    const room = await findRoomById(this.#db, claims.roomId)
    if (room === undefined) return null
    if (verified.identity !== null) {
      const row = await findParticipant(this.#db, claims.roomId, verified.identity)
      if (row === undefined || row.kickedAt !== null) return null
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
      claims,
    }
  }

  async #getRoom(roomId: string): Promise<RoomRow> {
    const room = await findRoomById(this.#db, roomId)
    if (room === undefined) throw roomNotFound(roomId)
    return room
  }

  async #admit(
    caller: SessionCaller | NobodyCaller,
    room: RoomRow,
    secret: string | undefined,
  ): Promise<Entrant> {
    const asUser = caller.kind === 'session' ? await this.#entrantByUser(caller, room) : null
    if (secret === undefined) {
      if (caller.kind === 'nobody') throw caller.refused ?? unauthorized()
      if (asUser === null) throw forbidden()
      return asUser
    }
    const asGuest = await this.#entrantBySecret(room, secret)
    if (asUser === null) return asGuest
    const permissions = either(asGuest.permissions, asUser.permissions)
    return { ...asGuest, ...asUser, permissions, badge: badgeFor(permissions, room, asUser.badge) }
  }

  /** What a console user may do in a room without any link; null for who has no access. */
  async permissionsOfUser(caller: SessionCaller, room: RoomRow): Promise<PermissionSet | null> {
    return (await this.#entrantByUser(caller, room))?.permissions ?? null
  }

  /** What a user of the room's organization may do in it now; null for who may not enter, or is no such user. */
  async rightsOf(username: string, room: RoomRow): Promise<Pick<Entrant, 'permissions' | 'badge'> | null> {
    const user = await findMember(this.#db, room.orgId, username)
    return user === undefined ? null : this.#entrantByUser({ ...user, orgId: room.orgId }, room)
  }

  async #entrantByUser(
    caller: Pick<SessionCaller, 'orgId' | 'username' | 'name' | 'role'>,
    room: RoomRow,
  ): Promise<Entrant | null> {
    if (caller.orgId !== room.orgId) return null
    const known = { userId: caller.username, name: caller.name }
    if (room.ownerId === caller.username) return { ...known, permissions: ALL_PERMISSIONS, badge: 'owner' }
    if (hasRole(caller.role, 'admin')) return { ...known, permissions: ALL_PERMISSIONS, badge: 'admin' }
    const member = await findRoomMember(this.#db, room.roomId, { memberId: caller.username })
    if (member !== undefined) {
      const permissions = permissionsOfMember(room, member)
      return { ...known, memberId: member.memberId, permissions, badge: badgeFor(permissions, room) }
    }
    if (!accessOf(room).user) return null
    const { permissions } = rolesOf(room).speaker
    return { ...known, permissions, badge: badgeFor(permissions, room) }
  }

  async #entrantBySecret(room: RoomRow, secret: string): Promise<Entrant> {
    const flags = accessOf(room)
    const roles = rolesOf(room)
    const disabled = (what: string) =>
      new Forbidden(
        'anonymous_access_disabled',
        `Anonymous access in room '${room.roomId}' is disabled ${what}`,
        {
          error: 'Room Error',
        },
      )
    if (secret === room.moderatorSecret) {
      if (!flags.moderator) throw disabled("for role 'moderator'")
      const { permissions } = roles.moderator
      return { permissions, badge: badgeFor(permissions, room) }
    }
    if (secret === room.speakerSecret) {
      if (!flags.speaker) throw disabled("for role 'speaker'")
      const { permissions } = roles.speaker
      return { permissions, badge: badgeFor(permissions, room) }
    }
    if (secret === room.recordingSecret) {
      if (!flags.recording) throw disabled('for recordings')
      return { permissions: { ...NO_PERMISSIONS, ...RECORDING_READER }, badge: 'other' }
    }
    if (secret.startsWith('guest-')) {
      const member = await findRoomMember(this.#db, room.roomId, { secret })
      if (member === undefined)
        throw new NotFound(
          'room_member_not_found',
          'This guest link does not belong to a member of the room',
          {
            error: 'Room Member Error',
          },
        )
      const permissions = permissionsOfMember(room, member)
      return { memberId: member.memberId, name: member.name, permissions, badge: badgeFor(permissions, room) }
    }
    if ((JSON.parse(room.replacedSecrets) as string[]).includes(secret))
      throw new BadRequest('room_secret_replaced', 'This link has been replaced: ask for the new one', {
        error: 'Room Error',
      })
    throw new BadRequest('room_secret_invalid', `The secret is not valid for room '${room.roomId}'`, {
      error: 'Room Error',
    })
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

  /** Keeps a name that is unique in the room, `_1`, `_2` ... behind it where it is taken. */
  async #reserve(
    room: RoomRow,
    claims: RoomMemberClaims,
    identity: string,
    name: string,
    browserId: string,
    livekitSid: string,
  ): Promise<string> {
    const { roomId } = room
    const now = this.#clock.now()
    return this.#db.transaction().execute(async (tx) => {
      if ((await lockRoom(tx, roomId)) === undefined) throw roomNotFound(roomId)
      const removed = await tx
        .selectFrom('participant')
        .select('identity')
        .where('roomId', '=', roomId)
        .where('kickedAt', 'is not', null)
        .where((eb) =>
          eb.or([
            eb('identity', '=', identity),
            eb('browserId', '=', browserId),
            ...(claims.userId === undefined ? [] : [eb('userId', '=', claims.userId)]),
            ...(claims.memberId === undefined ? [] : [eb('memberId', '=', claims.memberId)]),
          ]),
        )
        .limit(1)
        .executeTakeFirst()
      if (removed !== undefined) throw kicked()
      await releaseUnusedNames(tx, roomId, now)
      const unique = await takeName(tx, roomId, identity, name)
      const row: ParticipantRow = {
        roomId,
        identity,
        name: unique,
        userId: claims.userId ?? null,
        memberId: claims.memberId ?? null,
        browserId,
        livekitSid,
        badge: claims.badge,
        permissions: JSON.stringify(claims.permissions),
        isPromotedModerator: 0,
        tokenIssuedAt: claims.iat,
        expiresAt: now + this.#ttlSeconds(room) * 1000,
        connectedSid: null,
        kickedAt: null,
      }
      const { connectedSid, ...change } = row
      await tx
        .insertInto('participant')
        .values({ ...row, connectedSid })
        .onConflict((conflict) => conflict.columns(['roomId', 'identity']).doUpdateSet(change))
        .execute()
      return unique
    })
  }

  #ttlSeconds(room: RoomRow): number {
    const { tokenTtlSeconds } = this.#config.meeting
    return room.environment === 'test' ? Math.min(TEST_TOKEN_SECONDS, tokenTtlSeconds) : tokenTtlSeconds
  }
}

/** Reserves the name or the first free `name_1`, `name_2` ...; two at once never get the same. */
async function takeName(tx: Db, roomId: string, identity: string, name: string): Promise<string> {
  const rows = await tx.selectFrom('participantName').select('nameKey').where('roomId', '=', roomId).execute()
  const taken = new Set(rows.map((row) => row.nameKey))
  for (let i = 0; ; i++) {
    const unique = i === 0 ? name : `${name}_${i}`
    const nameKey = unique.toLowerCase()
    if (taken.has(nameKey)) continue
    const { numInsertedOrUpdatedRows } = await tx
      .insertInto('participantName')
      .values({ roomId, nameKey, identity })
      .onConflict((conflict) => conflict.columns(['roomId', 'nameKey']).doNothing())
      .executeTakeFirstOrThrow()
    if (numInsertedOrUpdatedRows === 1n) return unique
  }
}

const kicked = () =>
  new Forbidden('participant_kicked', 'You have been removed from this meeting', {
    error: 'Participant Error',
  })
const notInMeeting = (identity: string) =>
  new NotFound('participant_not_found', `Participant '${identity}' is not in the meeting`, {
    error: 'Participant Error',
  })

/** Names of tokens that ran out without anybody joining are free again. */
async function releaseUnusedNames(tx: Db, roomId: string, now: number): Promise<void> {
  await tx
    .deleteFrom('participant')
    .where('roomId', '=', roomId)
    .where('connectedSid', 'is', null)
    .where('kickedAt', 'is', null)
    .where('expiresAt', '<=', now)
    .execute()
  await deleteUnheldNames(tx, roomId)
}

const badgeFor = (permissions: PermissionSet, room: RoomRow, known?: Badge): Badge =>
  known === 'owner' || known === 'admin'
    ? known
    : covers(permissions, rolesOf(room).moderator.permissions)
      ? 'moderator'
      : 'other'

/** A participant's claims as the server knows them. */
export const claimsOf = (row: ParticipantRow): RoomMemberClaims => ({
  iat: row.tokenIssuedAt,
  roomId: row.roomId,
  ...(row.memberId === null ? {} : { memberId: row.memberId }),
  ...(row.userId === null ? {} : { userId: row.userId }),
  permissions: JSON.parse(row.permissions) as PermissionSet,
  badge: row.badge,
  ...(row.isPromotedModerator === 1 ? { isPromotedModerator: true } : {}),
})

function nonEmpty(text: string | undefined): string | undefined {
  const trimmed = text?.trim()
  return trimmed === undefined || trimmed === '' ? undefined : trimmed
}
