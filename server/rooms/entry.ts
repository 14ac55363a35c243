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
import { mayNow } from '../meetings/may.ts'
import {
  type AnonymousLink,
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
import { findRoomById, findRoomMember, lockRoom, type RoomRow } from './store.ts'
import { accessOf, permissionsOfMember, rolesOf, settingsOf } from './view.ts'
import type { KnockRow } from '../waiting-room/store.ts'
import type { WaitingRoom } from '../waiting-room/waiting-room.ts'

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
}

/** Who comes in and with what right, before any token is made. */
export interface Entrant {
  permissions: PermissionSet
  badge: Badge
  userId?: string
  memberId?: string
  name?: string
  /** The anonymous link they come by; null for members, users and keys. */
  link: AnonymousLink | null
  /** Signed in to the room's organization. */
  isColleague: boolean
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
}

/** Who may enter a room with which grants: mints, verifies and refreshes room member tokens. */
export class Entry {
  readonly #db: Db
  readonly #config: Config
  readonly #clock: Clock
  readonly #livekit: LiveKit
  readonly #credentials: LiveKitCredentials
  readonly #waitingRoom: WaitingRoom

  constructor(options: Options) {
    this.#db = options.database.db
    this.#config = options.config
    this.#clock = options.clock
    this.#livekit = options.livekit
    this.#credentials = options.credentials
    this.#waitingRoom = options.waitingRoom
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
    if (room.status === 'closed')
      throw new Conflict('room_closed', `Room '${room.roomId}' is closed`, { error: 'Room Error' })
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

  /** Null for who has to knock after all: the meeting changed meanwhile. */
  async #join(
    room: RoomRow,
    entrant: Entrant,
    name: string,
    request: Pick<EntryRequest, 'browserId' | 'livekitUrl'> & { identity?: string },
  ): Promise<string | null> {
    const { sid } = await this.#livekit.openRoom(room.roomId)
    const claims = this.#claims(room, entrant)
    const wanted = request.identity ?? newIdentity(entrant, name)
    const { browserId, livekitUrl } = request
    const reserved = await this.#reserve(room, entrant, claims, { identity: wanted, name, browserId }, sid)
    if (reserved === null) return null
    return signRoomMemberToken(this.#credentials, { ...claims, livekitUrl }, this.#ttlSeconds(room), reserved)
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
    if (room.status === 'closed')
      throw new Conflict('room_closed', `Room '${room.roomId}' is closed`, { error: 'Room Error' })
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

  async #admit(
    caller: SessionCaller | NobodyCaller,
    room: RoomRow,
    secret: string | undefined,
  ): Promise<Entrant> {
    const asUser = caller.kind === 'session' ? await this.#entrantByUser(caller, room) : null
    const isColleague = caller.kind === 'session' && caller.orgId === room.orgId
    if (secret === undefined) {
      if (caller.kind === 'nobody') throw caller.refused ?? unauthorized()
      if (asUser === null) throw forbidden()
      return asUser
    }
    const asGuest = await this.#entrantBySecret(room, secret)
    if (asUser === null) return { ...asGuest, isColleague }
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
    const known = { userId: caller.username, name: caller.name, link: null, isColleague: true }
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
      return { permissions, badge: badgeFor(permissions, room), link: 'moderator', isColleague: false }
    }
    if (secret === room.speakerSecret) {
      if (!flags.speaker) throw disabled("for role 'speaker'")
      const { permissions } = roles.speaker
      return { permissions, badge: badgeFor(permissions, room), link: 'speaker', isColleague: false }
    }
    if (secret === room.recordingSecret) {
      if (!flags.recording) throw disabled('for recordings')
      const permissions = { ...NO_PERMISSIONS, ...RECORDING_READER }
      return { permissions, badge: 'other', link: null, isColleague: false }
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
      const { memberId, name } = member
      const badge = badgeFor(permissions, room)
      return { memberId, name, permissions, badge, link: null, isColleague: false }
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

  /**
   * Puts somebody on the list of who may come in, with a name that is unique in the room, `_1`, `_2` ... behind it
   * where it is taken. Null for who has to knock. Throws Conflict `meeting_full`, Forbidden after a kick.
   */
  async #reserve(
    { roomId }: RoomRow,
    entrant: Entrant,
    claims: RoomMemberClaims,
    wanted: { identity: string; name: string; browserId: string },
    livekitSid: string,
  ): Promise<{ identity: string; name: string; may: PermissionSet } | null> {
    const now = this.#clock.now()
    const { browserId } = wanted
    return this.#db.transaction().execute(async (tx) => {
      const room = await lockRoom(tx, roomId)
      if (room === undefined) throw roomNotFound(roomId)
      await refuseKicked(tx, roomId, { ...claims, identity: wanted.identity }, browserId)
      if (await this.#waitingRoom.mustKnock(tx, room, entrant, browserId)) return null
      await releaseUnusedNames(tx, roomId, now)
      const identity = await this.#freeIdentity(tx, roomId, entrant, wanted)
      const { maxParticipants } = settingsOf(room)
      if (maxParticipants !== null && (await countOthers(tx, roomId, identity)) >= maxParticipants)
        throw new Conflict('meeting_full', `The meeting in room '${roomId}' is full`, { error: 'Room Error' })
      const unique = await takeName(tx, roomId, identity, wanted.name)
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
        link: entrant.link,
        handNumber: null,
        isSpotlit: 0,
      }
      const { connectedSid, handNumber, isSpotlit, ...change } = row
      await tx
        .insertInto('participant')
        .values({ ...row, connectedSid, handNumber, isSpotlit })
        .onConflict((conflict) => conflict.columns(['roomId', 'identity']).doUpdateSet(change))
        .execute()
      const may = await mayNow(tx, room, { identity, permissions: claims.permissions })
      return { identity, name: unique, may }
    })
  }

  /**
   * The identity to come in with. A second token for the same admission takes the place of the first while that is
   * unused; once somebody is in with it, the next tab is somebody else.
   */
  async #freeIdentity(
    tx: Db,
    roomId: string,
    entrant: Entrant,
    { identity, name }: { identity: string; name: string },
  ): Promise<string> {
    if (entrant.memberId !== undefined || entrant.userId !== undefined) return identity
    const known = await findParticipant(tx, roomId, identity)
    if (known === undefined) return identity
    if (known.connectedSid !== null) return newIdentity(entrant, name)
    await tx.deleteFrom('participant').where('roomId', '=', roomId).where('identity', '=', identity).execute()
    await deleteUnheldNames(tx, roomId)
    return identity
  }

  #ttlSeconds(room: RoomRow): number {
    const { tokenTtlSeconds } = this.#config.meeting
    return room.environment === 'test' ? Math.min(TEST_TOKEN_SECONDS, tokenTtlSeconds) : tokenTtlSeconds
  }
}

/** What LiveKit will know somebody by: members and users are the same each time, guests are new. */
export const newIdentity = ({ memberId, userId }: Entrant, name: string): string =>
  memberId ?? userId ?? `${slugOf(name, 'participant')}-${randomLower(15)}`

/** Throws Forbidden for who was removed from the meeting that runs: as this participant, browser, user or member. */
async function refuseKicked(
  db: Db,
  roomId: string,
  { identity, userId, memberId }: { identity?: string; userId?: string; memberId?: string },
  browserId: string,
): Promise<void> {
  const removed = await db
    .selectFrom('participant')
    .select('identity')
    .where('roomId', '=', roomId)
    .where('kickedAt', 'is not', null)
    .where((eb) =>
      eb.or([
        eb('browserId', '=', browserId),
        ...(identity === undefined ? [] : [eb('identity', '=', identity)]),
        ...(userId === undefined ? [] : [eb('userId', '=', userId)]),
        ...(memberId === undefined ? [] : [eb('memberId', '=', memberId)]),
      ]),
    )
    .limit(1)
    .executeTakeFirst()
  if (removed !== undefined) throw kicked()
}

/** How many others are in the meeting or hold a token that still lets them in. */
async function countOthers(tx: Db, roomId: string, identity: string): Promise<number> {
  const { count } = await tx
    .selectFrom('participant')
    .select((eb) => eb.fn.countAll().as('count'))
    .where('roomId', '=', roomId)
    .where('identity', '!=', identity)
    .where('kickedAt', 'is', null)
    .executeTakeFirstOrThrow()
  return Number(count)
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
