import { type Generated, sql } from 'kysely'
import { type Db, needsRowLocks } from '../db/open.ts'
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
  settings: string
  moderatorSecret: string
  speakerSecret: string
  recordingSecret: string
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

export interface RoomQuery {
  name?: { text: string; mode: 'exact' | 'prefix' | 'partial'; isCaseInsensitive: boolean }
  status?: RoomStatus
  sortField: 'creationDate' | 'roomName' | 'autoDeletionDate'
  sortOrder: 'asc' | 'desc'
  limit: number
  /** The last row of the previous page: its sort value and seq. */
  after?: { value: number | string | null; seq: number }
}

const SORT_COLUMN = {
  creationDate: 'createdAt',
  roomName: 'name',
  autoDeletionDate: 'autoDeletionAt',
} as const

const likePattern = (text: string) => text.replace(/[\\%_]/g, '\\$&')

/**
 * One page of rooms by keyset, so that the last page costs what the first does; indexes room_by_creation and
 * room_by_name. Rooms without the sort field come first when ascending, last when descending.
 */
export function listRooms(db: Db, tenant: Tenant, wanted: RoomQuery) {
  const column = SORT_COLUMN[wanted.sortField]
  const order = wanted.sortOrder
  let query = db
    .selectFrom('room')
    .selectAll()
    .where('orgId', '=', tenant.orgId)
    .where('environment', '=', tenant.environment)
  if (wanted.status !== undefined) query = query.where('status', '=', wanted.status)
  if (wanted.name !== undefined) {
    const { text, mode, isCaseInsensitive } = wanted.name
    if (mode === 'exact' && !isCaseInsensitive) query = query.where('name', '=', text)
    else if (!isCaseInsensitive && mode === 'partial') query = query.where(contains(text))
    else if (!isCaseInsensitive) query = query.where(startsWith(text))
    else {
      const pattern = `${mode === 'partial' ? '%' : ''}${likePattern(text.toLowerCase())}${mode === 'exact' ? '' : '%'}`
      query = query.where(sql<boolean>`lower("name") like ${pattern} escape '\\'`)
    }
  }
  if (wanted.after !== undefined) {
    const { value, seq } = wanted.after
    const beyond = order === 'asc' ? '>' : '<'
    query = query.where((eb) => {
      if (value === null) {
        const sameGroup = eb.and([eb(column, 'is', null), eb('seq', beyond, seq)])
        return order === 'asc' ? eb.or([sameGroup, eb(column, 'is not', null)]) : sameGroup
      }
      const further = eb.or([
        eb(column, beyond, value),
        eb.and([eb(column, '=', value), eb('seq', beyond, seq)]),
      ])
      return order === 'asc' || column !== 'autoDeletionAt'
        ? further
        : eb.or([further, eb(column, 'is', null)])
    })
  }
  if (column === 'autoDeletionAt')
    query = query.orderBy(column, (o) => (order === 'asc' ? o.asc().nullsFirst() : o.desc().nullsLast()))
  else query = query.orderBy(column, order)
  return query.orderBy('seq', order).limit(wanted.limit).execute()
}

// SQLite's LIKE ignores case for ASCII, so exact-case matching compares pieces of the text itself.
const contains = (text: string) =>
  sql<boolean>`${sql.ref('name')} <> replace(${sql.ref('name')}, ${text}, '')`
const startsWith = (text: string) =>
  sql<boolean>`substr(${sql.ref('name')}, 1, ${Array.from(text).length}) = ${text}`

export async function countRooms(db: Db, tenant: Tenant): Promise<{ total: number; active: number }> {
  const rows = await db
    .selectFrom('room')
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
