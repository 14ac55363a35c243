import type { z } from 'zod'
import { audit } from '../audit/audit.ts'
import type { Clock } from '../clock.ts'
import type { Config } from '../config.ts'
import type { Database, Db } from '../db/open.ts'
import { decodeCursor, encodeCursor, readPage, regexMatcher, textMatch } from '../db/paging.ts'
import { Conflict, forbidden, NotFound, roomNotFound } from '../errors.ts'
import type { KeyCaller, RoomMemberCaller, SessionCaller } from '../http/caller.ts'
import { randomHex } from '../ids.ts'
import type { CreateMember, ListMembers, UpdateMember } from './member-schema.ts'
import type { Rooms } from './rooms.ts'
import {
  deleteRoomMember,
  findRoom,
  findRoomMember,
  insertRoomMember,
  listRoomMembers,
  lockRoomMember,
  placeOfMember,
  type RoomMemberRow,
  type RoomRow,
  updateRoomMember,
} from './store.ts'

interface Options {
  database: Database
  config: Config
  clock: Clock
  rooms: Rooms
  /** Called after a member's rights changed or ended, with what a running meeting must know. */
  onChange: (room: RoomRow, memberId: string, member: RoomMemberRow | null) => Promise<void>
}

type Manager = KeyCaller | SessionCaller

/** Members of rooms: users with a role in one room, and guests who have a link of their own. */
export class RoomMembers {
  readonly #db: Db
  readonly #config: Config
  readonly #clock: Clock
  readonly #rooms: Rooms
  readonly #onChange: Options['onChange']

  constructor(options: Options) {
    this.#db = options.database.db
    this.#config = options.config
    this.#clock = options.clock
    this.#rooms = options.rooms
    this.#onChange = options.onChange
  }

  /** Adds a user or a guest. Throws NotFound for an unknown user, Conflict for an owner, an admin, or who is in already. */
  async add(caller: Manager, roomId: string, wanted: z.output<typeof CreateMember>, ip: string) {
    const now = this.#clock.now()
    return this.#db.transaction().execute(async (tx) => {
      const room = await this.#rooms.lockManaged(tx, caller, roomId)
      const person =
        wanted.userId === undefined
          ? this.#newGuest(wanted.name ?? '')
          : await userOf(tx, room, wanted.userId)
      const row: Omit<RoomMemberRow, 'seq'> = {
        ...person,
        roomId,
        baseRole: wanted.baseRole,
        customPermissions: customOf(wanted.customPermissions),
        createdAt: now,
        permissionsUpdatedAt: now,
      }
      if (!(await insertRoomMember(tx, row)))
        throw new Conflict(
          'already_member',
          `User '${row.memberId}' is already a member of room '${roomId}'`,
          {
            error: 'Room Member Error',
          },
        )
      await audit(tx, now, {
        orgId: room.orgId,
        caller,
        action: 'room_member.added',
        target: row.memberId,
        ip,
      })
      return { room, member: { ...row, seq: 0 } }
    })
  }

  /** Identities are seen by everybody in a meeting, so a guest's link carries a secret of its own. */
  #newGuest(name: string) {
    const memberId = `guest-${randomHex(10)}`
    const secret = this.#config.compatibility.memberIdAsSecret ? memberId : `guest-${randomHex(32)}`
    return { memberId, userId: null, name, secret }
  }

  async list(caller: Manager, roomId: string, wanted: z.output<typeof ListMembers>) {
    const room = await this.#getManaged(caller, roomId)
    const { sortField, sortOrder } = wanted
    const name = textMatch(wanted.name, wanted.nameMatchMode, wanted.nameCaseInsensitive)
    const matches = regexMatcher(name, 'name')
    const query = { name, baseRole: wanted.baseRole, type: wanted.type, sortField, sortOrder }
    const { rows, next } = await readPage(
      (limit, after) => listRoomMembers(this.#db, roomId, query, limit, after),
      (row) => placeOfMember(row, sortField),
      {
        limit: wanted.maxItems,
        after: decodeCursor(wanted.nextPageToken, sortField, sortOrder),
        matches: matches === null ? null : (row) => matches(row.name),
      },
    )
    return { room, rows, nextPageToken: next === null ? undefined : encodeCursor(next, sortField, sortOrder) }
  }

  /** One member, for who manages the room and for that member. */
  async get(caller: Manager | RoomMemberCaller, roomId: string, memberId: string) {
    if (caller.kind === 'roomMember') {
      if (caller.roomId !== roomId || caller.claims.memberId !== memberId) throw forbidden()
    } else if (caller.kind === 'session' && caller.username === memberId) {
      await this.#rooms.get(caller, roomId)
    } else await this.#getManaged(caller, roomId)
    const room = await findRoom(this.#db, caller, roomId)
    if (room === undefined) throw roomNotFound(roomId)
    const member = await findRoomMember(this.#db, roomId, { memberId })
    if (member === undefined) throw memberNotFound(roomId, memberId)
    return { room, member }
  }

  /** Changes role and custom permissions; the ones given replace all there were. A connected member is told at once. */
  async update(
    caller: Manager,
    roomId: string,
    memberId: string,
    change: z.output<typeof UpdateMember>,
    ip: string,
  ) {
    const now = this.#clock.now()
    const { room, member } = await this.#db.transaction().execute(async (tx) => {
      const found = await this.#rooms.lockManaged(tx, caller, roomId)
      const old = await lockRoomMember(tx, roomId, memberId)
      if (old === undefined) throw memberNotFound(roomId, memberId)
      const columns = {
        ...(change.baseRole === undefined ? {} : { baseRole: change.baseRole }),
        ...(change.customPermissions === undefined
          ? {}
          : { customPermissions: customOf(change.customPermissions) }),
        permissionsUpdatedAt: now,
      }
      await updateRoomMember(tx, roomId, memberId, columns)
      await audit(tx, now, {
        orgId: found.orgId,
        caller,
        action: 'room_member.updated',
        target: memberId,
        ip,
      })
      return { room: found, member: { ...old, ...columns } }
    })
    await this.#onChange(room, memberId, member)
    return { room, member }
  }

  /** Removes a member, and from a running meeting too. Throws NotFound. */
  async remove(caller: Manager, roomId: string, memberId: string, ip: string): Promise<void> {
    const room = await this.#db.transaction().execute(async (tx) => {
      const found = await this.#rooms.lockManaged(tx, caller, roomId)
      if (!(await deleteRoomMember(tx, roomId, memberId))) throw memberNotFound(roomId, memberId)
      await audit(tx, this.#clock.now(), {
        orgId: found.orgId,
        caller,
        action: 'room_member.removed',
        target: memberId,
        ip,
      })
      return found
    })
    await this.#onChange(room, memberId, null)
  }

  async removeMany(caller: Manager, roomId: string, memberIds: string[], ip: string) {
    await this.#getManaged(caller, roomId)
    const deleted: string[] = []
    const failed: { memberId: string; error: string }[] = []
    for (const memberId of memberIds) {
      try {
        await this.remove(caller, roomId, memberId, ip)
        deleted.push(memberId)
      } catch (err) {
        if (!(err instanceof NotFound)) throw err
        failed.push({ memberId, error: 'Room member not found' })
      }
    }
    return { deleted, failed }
  }

  async #getManaged(caller: Manager, roomId: string): Promise<RoomRow> {
    return this.#db.transaction().execute((tx) => this.#rooms.lockManaged(tx, caller, roomId))
  }
}

/** A user of the room's organization who may become a member: not the owner, not an admin. */
async function userOf(tx: Db, room: RoomRow, userId: string) {
  const user = await tx
    .selectFrom('user')
    .innerJoin('organizationMember', 'organizationMember.userId', 'user.id')
    .select(['user.name', 'organizationMember.role'])
    .where('user.username', '=', userId)
    .where('organizationMember.orgId', '=', room.orgId)
    .executeTakeFirst()
  if (user === undefined)
    throw new NotFound('user_not_found', `User '${userId}' not found`, { error: 'User Error' })
  if (room.ownerId === userId || user.role === 'admin')
    throw new Conflict(
      'cannot_be_member',
      `User '${userId}' cannot be added as a member: owners and admins have every right in the room already`,
      { error: 'Room Member Error' },
    )
  return { memberId: userId, userId, name: user.name, secret: null }
}

/** An empty set of custom permissions is none. */
const customOf = (given: object | undefined): string | null =>
  given === undefined || Object.keys(given).length === 0 ? null : JSON.stringify(given)

const memberNotFound = (roomId: string, memberId: string) =>
  new NotFound('room_member_not_found', `Room member '${memberId}' not found in room '${roomId}'`, {
    error: 'Room Member Error',
  })
