import { type ExpressionBuilder, type Generated, sql } from 'kysely'
import { type Db, needsRowLocks } from '../db/open.ts'
import { type After, matchesText, type TextMatch } from '../db/paging.ts'
import type { Tables } from '../db/schema.ts'
import type { Environment } from '../http/caller.ts'
import type { Role } from './permissions.ts'

export type RoomStatus = 'open' | 'active_meeting' | 'closed'
export type MeetingEndAction = 'none' | 'close' | 'delete'

export interface RoomTable {
  seq: Generated<number>
  roomId: string
  orgId: string
  environment: Environment
  code: string
  name: string
  /** Username of the owner. */
  ownerId: string
  createdAt: number
  autoDeletionAt: number | null
  withMeeting: string
  withRecordings: string
  /** JSON of RoomConfig, RoomRoles, AccessFlags, RoomSettings (schema.ts). */
  config: string
  roles: string
  access: string
  /** 1 where `access` lets every user of the organization in; a column for the list. */
  userAccess: number
  settings: string
  moderatorSecret: string
  speakerSecret: string
  recordingSecret: string
  /** JSON list of link secrets that were rotated away, newest last. */
  replacedSecrets: string
  status: RoomStatus
  meetingEndAction: MeetingEndAction
  rolesUpdatedAt: number
}

export interface RoomMemberTable {
  seq: Generated<number>
  memberId: string
  roomId: string
  userId: string | null
  name: string
  secret: string | null
  baseRole: Role
  customPermissions: string | null
  createdAt: number
  permissionsUpdatedAt: number
}

/** Whose rooms are looked at: everything else is as good as not there. */
export interface Tenant {
  orgId: string
  environment: Environment
}

export const findRoom = (db: Db, tenant: Tenant, roomId: string) =>
  db
    .selectFrom('room')
    .selectAll()
    .where('roomId', '=', roomId)
    .where('orgId', '=', tenant.orgId)
    .where('environment', '=', tenant.environment)
    .executeTakeFirst()

/** A room by its id alone: for who holds a secret of it, and for LiveKit's events. */
export const findRoomById = (db: Db, roomId: string) =>
  db.selectFrom('room').selectAll().where('roomId', '=', roomId).executeTakeFirst()

/** The newest room of exactly that name; index room_by_name. */
export const findNewestByName = (db: Db, tenant: Tenant, name: string) =>
  db
    .selectFrom('room')
    .selectAll()
    .where('orgId', '=', tenant.orgId)
    .where('environment', '=', tenant.environment)
    .where('name', '=', name)
    .orderBy('seq', 'desc')
    .limit(1)
    .executeTakeFirst()

/**
 * Rooms past their auto-deletion date that nothing has been decided for: not those that go when their meeting ends,
 * nor those that were closed because they have recordings. Index room_by_auto_deletion.
 */
export const listExpiredRooms = (db: Db, now: number, limit: number) =>
  db
    .selectFrom('room')
    .select(['roomId', 'orgId', 'environment', 'withMeeting', 'withRecordings'])
    .where('autoDeletionAt', '<=', now)
    .where('meetingEndAction', '=', 'none')
    .where((eb) =>
      eb.or([
        eb('status', '!=', 'closed'),
        eb('withRecordings', '!=', 'close'),
        eb.not(
          eb.exists(
            eb
              .selectFrom('recording')
              .select('recording.seq')
              .whereRef('recording.roomId', '=', 'room.roomId'),
          ),
        ),
      ]),
    )
    .orderBy('autoDeletionAt')
    .limit(limit)
    .execute()

/** A room that this transaction is going to change: others that want to wait until it is done. */
export const lockRoom = (tx: Db, roomId: string) =>
  tx
    .selectFrom('room')
    .selectAll()
    .where('roomId', '=', roomId)
    .$if(needsRowLocks(tx), (query) => query.forUpdate())
    .executeTakeFirst()

/** A room by its short code; unique index on code. */
export const findRoomByCode = (db: Db, code: string) =>
  db.selectFrom('room').selectAll().where('code', '=', code).executeTakeFirst()

export type RoomRow = NonNullable<Awaited<ReturnType<typeof findRoomById>>>

export async function insertRoom(db: Db, row: Omit<RoomRow, 'seq'>): Promise<void> {
  await db.insertInto('room').values(row).execute()
}

export async function updateRoom(
  db: Db,
  roomId: string,
  change: Partial<Omit<RoomRow, 'seq' | 'roomId'>>,
): Promise<void> {
  await db.updateTable('room').set(change).where('roomId', '=', roomId).execute()
}

export async function deleteRoom(db: Db, roomId: string): Promise<void> {
  await db.deleteFrom('room').where('roomId', '=', roomId).execute()
}

/** What a list reads of each room: the long columns only where they are wanted. */
const LIST_COLUMNS = [
  'seq',
  'roomId',
  'orgId',
  'environment',
  'code',
  'name',
  'ownerId',
  'createdAt',
  'autoDeletionAt',
  'withMeeting',
  'withRecordings',
  'access',
  'moderatorSecret',
  'speakerSecret',
  'recordingSecret',
  'status',
  'meetingEndAction',
  'rolesUpdatedAt',
] as const
type ListColumn = (typeof LIST_COLUMNS)[number]
export type ListedRoom = Pick<RoomRow, ListColumn> & Partial<Pick<RoomRow, 'config' | 'roles'>>

export interface RoomQuery {
  /** Read config and roles too. */
  isWhole: boolean
  name?: TextMatch | undefined
  status?: RoomStatus | undefined
  /** Rooms that fit any of these; none given: all. */
  anyOf?: { owner?: string; member?: string; userAccess?: boolean } | undefined
  sortField: 'creationDate' | 'roomName' | 'autoDeletionDate'
  sortOrder: 'asc' | 'desc'
}

const SORT_COLUMN = {
  creationDate: 'createdAt',
  roomName: 'name',
  autoDeletionDate: 'autoDeletionAt',
} as const

/** A room's place in a list. */
export const placeOfRoom = (row: ListedRoom, sortField: RoomQuery['sortField']): After => ({
  value: row[SORT_COLUMN[sortField]],
  seq: row.seq,
})

/**
 * A piece of the list by keyset, so that the last page costs what the first does; indexes room_by_creation and
 * room_by_name. Rooms without the sort field come first when ascending, last when descending.
 */
export function listRooms(
  db: Db,
  tenant: Tenant,
  wanted: RoomQuery,
  limit: number,
  after: After | undefined,
): Promise<ListedRoom[]> {
  const column = SORT_COLUMN[wanted.sortField]
  const order = wanted.sortOrder
  const { name, status, anyOf } = wanted
  let query = db
    .selectFrom('room')
    .select(LIST_COLUMNS)
    .$if(wanted.isWhole, (whole) => whole.select(['config', 'roles']))
    .where('orgId', '=', tenant.orgId)
    .where('environment', '=', tenant.environment)
  if (status !== undefined) query = query.where('status', '=', status)
  if (name !== undefined) query = query.where(matchesText('name', name))
  if (anyOf !== undefined) query = query.where((eb) => fitsAny(eb, anyOf))
  if (after !== undefined) {
    const { value, seq } = after
    const beyond = order === 'asc' ? '>' : '<'
    query = query.where((eb) => {
      if (value === null) {
        const sameGroup = eb.and([eb(column, 'is', null), eb('seq', beyond, seq)])
        return order === 'asc' ? eb.or([sameGroup, eb(column, 'is not', null)]) : sameGroup
      }
      // Row values let both databases walk the index from here; OR would make them read it from its start.
      const further = sql<boolean>`(${sql.ref(column)}, "seq") ${sql.raw(beyond)} (${value}, ${seq})`
      return order === 'asc' || column !== 'autoDeletionAt'
        ? further
        : eb.or([further, eb(column, 'is', null)])
    })
  }
  if (column === 'autoDeletionAt')
    query = query.orderBy(column, (o) => (order === 'asc' ? o.asc().nullsFirst() : o.desc().nullsLast()))
  else query = query.orderBy(column, order)
  return query.orderBy('seq', order).limit(limit).execute()
}

/** Rooms that fit any of what is given. */
const fitsAny = (eb: ExpressionBuilder<Tables, 'room'>, anyOf: NonNullable<RoomQuery['anyOf']>) =>
  eb.or([
    ...(anyOf.owner === undefined ? [] : [eb('ownerId', '=', anyOf.owner)]),
    ...(anyOf.member === undefined
      ? []
      : [
          eb.exists(
            eb
              .selectFrom('roomMember')
              .select('roomMember.seq')
              .whereRef('roomMember.roomId', '=', 'room.roomId')
              .where('roomMember.userId', '=', anyOf.member),
          ),
        ]),
    ...(anyOf.userAccess === true ? [eb('userAccess', '=', 1)] : []),
  ])

/** How many rooms there are; with `anyOf` those that fit any of it. */
export async function countRooms(
  db: Db,
  tenant: Tenant,
  anyOf?: RoomQuery['anyOf'],
): Promise<{ total: number; active: number }> {
  const rows = await db
    .selectFrom('room')
    .$if(anyOf !== undefined, (query) => query.where((eb) => fitsAny(eb, anyOf ?? {})))
    .select((eb) => ['status', eb.fn.countAll<number>().as('total')])
    .where('orgId', '=', tenant.orgId)
    .where('environment', '=', tenant.environment)
    .groupBy('status')
    .execute()
  const count = (isCounted: (status: RoomStatus) => boolean) =>
    rows.filter((row) => isCounted(row.status)).reduce((sum, row) => sum + row.total, 0)
  return { total: count(() => true), active: count((status) => status === 'active_meeting') }
}

/** A guest by the secret in their link, or a user by id. */
export const findRoomMember = (db: Db, roomId: string, by: { secret: string } | { memberId: string }) =>
  db
    .selectFrom('roomMember')
    .selectAll()
    .where('roomId', '=', roomId)
    .where((eb) => ('secret' in by ? eb('secret', '=', by.secret) : eb('memberId', '=', by.memberId)))
    .executeTakeFirst()

export const lockRoomMember = (tx: Db, roomId: string, memberId: string) =>
  tx
    .selectFrom('roomMember')
    .selectAll()
    .where('roomId', '=', roomId)
    .where('memberId', '=', memberId)
    .$if(needsRowLocks(tx), (query) => query.forUpdate())
    .executeTakeFirst()
export type RoomMemberRow = NonNullable<Awaited<ReturnType<typeof findRoomMember>>>

export interface MemberQuery {
  name?: TextMatch | undefined
  baseRole?: Role | undefined
  type?: 'user' | 'identified_guest' | undefined
  sortField: 'membershipDate' | 'name'
  sortOrder: 'asc' | 'desc'
}

const MEMBER_COLUMN = { membershipDate: 'createdAt', name: 'name' } as const

export const placeOfMember = (row: RoomMemberRow, sortField: MemberQuery['sortField']): After => ({
  value: row[MEMBER_COLUMN[sortField]],
  seq: row.seq,
})

/** A piece of a room's members by keyset. */
export function listRoomMembers(
  db: Db,
  roomId: string,
  wanted: MemberQuery,
  limit: number,
  after: After | undefined,
) {
  const column = MEMBER_COLUMN[wanted.sortField]
  const { name, baseRole, type, sortOrder } = wanted
  let query = db.selectFrom('roomMember').selectAll().where('roomId', '=', roomId)
  if (name !== undefined) query = query.where(matchesText('name', name))
  if (baseRole !== undefined) query = query.where('baseRole', '=', baseRole)
  if (type !== undefined) query = query.where('userId', type === 'user' ? 'is not' : 'is', null)
  if (after !== undefined)
    query = query.where(
      sql<boolean>`(${sql.ref(column)}, "seq") ${sql.raw(sortOrder === 'asc' ? '>' : '<')} (${after.value}, ${after.seq})`,
    )
  return query.orderBy(column, sortOrder).orderBy('seq', sortOrder).limit(limit).execute()
}

export async function insertRoomMember(db: Db, row: Omit<RoomMemberRow, 'seq'>): Promise<boolean> {
  const { numInsertedOrUpdatedRows } = await db
    .insertInto('roomMember')
    .values(row)
    .onConflict((conflict) => conflict.columns(['roomId', 'memberId']).doNothing())
    .executeTakeFirstOrThrow()
  return numInsertedOrUpdatedRows === 1n
}

export async function updateRoomMember(
  db: Db,
  roomId: string,
  memberId: string,
  change: Partial<Omit<RoomMemberRow, 'seq'>>,
): Promise<void> {
  await db
    .updateTable('roomMember')
    .set(change)
    .where('roomId', '=', roomId)
    .where('memberId', '=', memberId)
    .execute()
}

export async function deleteRoomMember(db: Db, roomId: string, memberId: string): Promise<boolean> {
  const { numDeletedRows } = await db
    .deleteFrom('roomMember')
    .where('roomId', '=', roomId)
    .where('memberId', '=', memberId)
    .executeTakeFirstOrThrow()
  return numDeletedRows > 0n
}
