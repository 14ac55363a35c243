import { type Generated, sql } from 'kysely'
import type { Db } from '../db/open.ts'
import { type After, matchesText, type TextMatch } from '../db/paging.ts'
import type { Environment } from '../http/caller.ts'
import type { Tenant } from '../rooms/store.ts'

export const RUNNING = ['starting', 'active', 'ending'] as const
export const FINISHED = ['complete', 'failed', 'aborted', 'limit_reached'] as const
export const STATUSES = [...RUNNING, ...FINISHED] as const
export type RecordingStatus = (typeof STATUSES)[number]

export interface RecordingTable {
  seq: Generated<number>
  recordingId: string
  orgId: string
  environment: Environment
  roomId: string
  roomName: string
  status: RecordingStatus
  filename: string
  layout: string
  /** JSON of a preset's name or of every field spelled out (rooms/schema.ts). */
  encoding: string
  startedAt: number
  endedAt: number | null
  durationMs: number | null
  sizeBytes: number | null
  details: string | null
  errorCode: number | null
  error: string | null
  publicSecret: string
  privateSecret: string
  updatedAt: number
  driver: 'builtin' | 'egress'
  /** LiveKit's id of the egress, for the driver of that name. */
  egressId: string | null
  /** Which instance runs the recorder, and until when it is believed to be alive. */
  holder: string | null
  leaseUntil: number | null
  activeAt: number | null
  /** Why it was told to end; becomes `details`. */
  stopReason: string | null
  /** A name that a person gave it. */
  title: string | null
  startedByName: string | null
  startedByIdentity: string | null
  /** Storage key of the file; null before anything was written. */
  mediaKey: string | null
  thumbnailKey: string | null
}

/** Who was asked whether they agree to be recorded, and what they answered to which text. */
export interface RecordingConsentTable {
  seq: Generated<number>
  recordingId: string
  identity: string
  name: string
  userId: string | null
  answer: 'agreed' | 'declined'
  text: string
  at: number
}

/** Files of deleted records: their deletion is repeated until it has worked. */
export interface MediaTrashTable {
  key: string
  addedAt: number
}

export const findRecording = (db: Db, tenant: Tenant, recordingId: string) =>
  db
    .selectFrom('recording')
    .selectAll()
    .where('recordingId', '=', recordingId)
    .where('orgId', '=', tenant.orgId)
    .where('environment', '=', tenant.environment)
    .executeTakeFirst()

/** A recording by its id alone: for who holds a secret of it, and for recorders. */
export const findRecordingById = (db: Db, recordingId: string) =>
  db.selectFrom('recording').selectAll().where('recordingId', '=', recordingId).executeTakeFirst()
export type RecordingRow = NonNullable<Awaited<ReturnType<typeof findRecordingById>>>

/** The recording of a room that runs; unique index recording_running. */
export const findRunningRecording = (db: Db, roomId: string) =>
  db
    .selectFrom('recording')
    .selectAll()
    .where('roomId', '=', roomId)
    .where('status', 'in', RUNNING)
    .executeTakeFirst()

/** Everything that runs, of all instances; index recording_running. */
export const listRunningRecordings = (db: Db) =>
  db.selectFrom('recording').selectAll().where('status', 'in', RUNNING).execute()

/** False when the room has one that runs. */
export async function insertRecording(db: Db, row: Omit<RecordingRow, 'seq'>): Promise<boolean> {
  if ((await findRunningRecording(db, row.roomId)) !== undefined) return false
  await db.insertInto('recording').values(row).execute()
  return true
}

export async function updateRecording(
  db: Db,
  recordingId: string,
  change: Partial<Omit<RecordingRow, 'seq' | 'recordingId'>>,
): Promise<void> {
  await db.updateTable('recording').set(change).where('recordingId', '=', recordingId).execute()
}

/** Removes a record; its files go to the trash in the same transaction. */
export async function deleteRecording(tx: Db, row: RecordingRow, now: number): Promise<void> {
  for (const key of [row.mediaKey, row.thumbnailKey])
    if (key !== null)
      await tx
        .insertInto('mediaTrash')
        .values({ key, addedAt: now })
        .onConflict((conflict) => conflict.column('key').doNothing())
        .execute()
  await tx.deleteFrom('recording').where('recordingId', '=', row.recordingId).execute()
}

export const listMediaTrash = (db: Db, limit: number) =>
  db.selectFrom('mediaTrash').select('key').orderBy('addedAt').limit(limit).execute()

export async function deleteMediaTrash(db: Db, key: string): Promise<void> {
  await db.deleteFrom('mediaTrash').where('key', '=', key).execute()
}

/** Whether a room has recordings of any status; index recording_by_room. */
export const hasRecordings = async (db: Db, orgId: string, roomId: string): Promise<boolean> =>
  (await db
    .selectFrom('recording')
    .select('seq')
    .where('roomId', '=', roomId)
    .where('orgId', '=', orgId)
    .limit(1)
    .executeTakeFirst()) !== undefined

export const listRecordingsOfRoom = (db: Db, orgId: string, roomId: string) =>
  db.selectFrom('recording').selectAll().where('roomId', '=', roomId).where('orgId', '=', orgId).execute()

export async function countRecordings(
  db: Db,
  orgId: string,
  environment: Environment,
  status?: RecordingTable['status'],
): Promise<number> {
  const { total } = await db
    .selectFrom('recording')
    .select((eb) => eb.fn.countAll<number>().as('total'))
    .where('orgId', '=', orgId)
    .where('environment', '=', environment)
    .$if(status !== undefined, (query) => query.where('status', '=', status ?? 'complete'))
    .executeTakeFirstOrThrow()
  return total
}

export interface RecordingQuery {
  roomId?: string | undefined
  roomName?: TextMatch | undefined
  status?: RecordingStatus | undefined
  /** Recordings of rooms that this user owns, is a member of, or may enter as any user. */
  visibleTo?: string | undefined
  sortField: 'startDate' | 'roomName' | 'duration' | 'size'
  sortOrder: 'asc' | 'desc'
}

const SORT_COLUMN = {
  startDate: 'recording.startedAt',
  roomName: 'recording.roomName',
  duration: 'recording.durationMs',
  size: 'recording.sizeBytes',
} as const
const SORT_VALUE = {
  startDate: 'startedAt',
  roomName: 'roomName',
  duration: 'durationMs',
  size: 'sizeBytes',
} as const

/** A recording's place in a list. */
export const placeOfRecording = (row: RecordingRow, sortField: RecordingQuery['sortField']): After => ({
  value: row[SORT_VALUE[sortField]],
  seq: row.seq,
})

/** With what decides who may see it: columns of the room, and of the user's membership in it. */
export interface ListedRecording extends RecordingRow {
  roomOwner: string
  roomRoles: string
  roomUserAccess: number
  memberRole: 'moderator' | 'speaker' | null
  memberPermissions: string | null
}

/**
 * A piece of the list by keyset; index recording_by_start. Those without the sort field come first when ascending,
 * last when descending.
 */
export function listRecordings(
  db: Db,
  tenant: Tenant,
  wanted: RecordingQuery,
  limit: number,
  after: After | undefined,
): Promise<ListedRecording[]> {
  const { roomId, roomName, status, visibleTo, sortField, sortOrder } = wanted
  const column = SORT_COLUMN[sortField]
  const isNullable = sortField === 'duration' || sortField === 'size'
  let query = db
    .selectFrom('recording')
    .innerJoin('room', 'room.roomId', 'recording.roomId')
    .leftJoin('roomMember', (join) =>
      join
        .onRef('roomMember.roomId', '=', 'recording.roomId')
        .on('roomMember.memberId', '=', visibleTo ?? ''),
    )
    .selectAll('recording')
    .select([
      'room.ownerId as roomOwner',
      'room.roles as roomRoles',
      'room.userAccess as roomUserAccess',
      'roomMember.baseRole as memberRole',
      'roomMember.customPermissions as memberPermissions',
    ])
    .where('recording.orgId', '=', tenant.orgId)
    .where('recording.environment', '=', tenant.environment)
  if (roomId !== undefined) query = query.where('recording.roomId', '=', roomId)
  if (roomName !== undefined) query = query.where(matchesText('recording.roomName', roomName))
  if (status !== undefined) query = query.where('recording.status', '=', status)
  if (visibleTo !== undefined)
    query = query.where((eb) =>
      eb.or([
        eb('room.ownerId', '=', visibleTo),
        eb('roomMember.memberId', 'is not', null),
        eb('room.userAccess', '=', 1),
      ]),
    )
  if (after !== undefined) {
    const { value, seq } = after
    const beyond = sortOrder === 'asc' ? '>' : '<'
    query = query.where((eb) => {
      if (value === null) {
        const sameGroup = eb.and([eb(column, 'is', null), eb('recording.seq', beyond, seq)])
        return sortOrder === 'asc' ? eb.or([sameGroup, eb(column, 'is not', null)]) : sameGroup
      }
      const further = sql<boolean>`(${sql.ref(column)}, "recording"."seq") ${sql.raw(beyond)} (${value}, ${seq})`
      return sortOrder === 'asc' || !isNullable ? further : eb.or([further, eb(column, 'is', null)])
    })
  }
  query = isNullable
    ? query.orderBy(column, (o) => (sortOrder === 'asc' ? o.asc().nullsFirst() : o.desc().nullsLast()))
    : query.orderBy(column, sortOrder)
  return query.orderBy('recording.seq', sortOrder).limit(limit).execute()
}

/** The consent log of a recording, oldest first. */
export const listConsents = (db: Db, recordingId: string) =>
  db
    .selectFrom('recordingConsent')
    .selectAll()
    .where('recordingId', '=', recordingId)
    .orderBy('seq')
    .execute()

/** One answer a person; the latest counts. */
export async function putConsent(db: Db, row: Omit<RecordingConsentTable, 'seq'>): Promise<void> {
  const { answer, text, at } = row
  await db
    .insertInto('recordingConsent')
    .values(row)
    .onConflict((conflict) => conflict.columns(['recordingId', 'identity']).doUpdateSet({ answer, text, at }))
    .execute()
}
