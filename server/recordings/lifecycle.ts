import type { Db } from '../db/open.ts'
import { lockRoom } from '../rooms/store.ts'
import { emit } from '../webhooks/outbox.ts'
import {
  deleteRecording,
  FINISHED,
  findRecordingById,
  insertRecording,
  listRecordingsOfRoom,
  type RecordingRow,
  type RecordingStatus,
  updateRecording,
} from './store.ts'
import { viewRecording } from './view.ts'

/**
 * The life of a recording: `starting` -> `active` -> `ending` -> one of the ends. Each step is one transaction that
 * locks the room, happens only from the states named here, and puts its event into the outbox, so that of two that
 * want the same step one does it and the other sees that it is done.
 */
const STEPS: Record<RecordingStatus, readonly RecordingStatus[]> = {
  starting: ['active', ...FINISHED],
  active: ['ending', ...FINISHED],
  ending: FINISHED,
  complete: [],
  failed: [],
  aborted: [],
  limit_reached: [],
}

export const isFinished = (status: RecordingStatus): boolean => STEPS[status].length === 0

const EVENT = (status: RecordingStatus) =>
  status === 'starting' ? 'recordingStarted' : isFinished(status) ? 'recordingEnded' : 'recordingUpdated'

const emitRecording = (tx: Db, at: number, row: RecordingRow) =>
  emit(tx, at, {
    orgId: row.orgId,
    environment: row.environment,
    roomId: row.roomId,
    event: EVENT(row.status),
    data: viewRecording(row),
  })

/** Puts a new recording on record, `starting`; undefined when the room is gone or has one that runs. */
export const beginRecording = (db: Db, row: Omit<RecordingRow, 'seq'>): Promise<RecordingRow | undefined> =>
  db.transaction().execute(async (tx) => {
    if ((await lockRoom(tx, row.roomId)) === undefined) return undefined
    if (!(await insertRecording(tx, row))) return undefined
    await emitRecording(tx, row.startedAt, { ...row, seq: 0 })
    return findRecordingById(tx, row.recordingId)
  })

type Change = Partial<Omit<RecordingRow, 'seq' | 'recordingId' | 'status'>>

/**
 * Moves a recording on. Returns the row as it is now, and whether this call moved it; undefined when it is gone.
 * `isAllowed` may refuse after the row was read under the lock.
 */
export const moveRecording = (
  db: Db,
  recordingId: string,
  to: RecordingStatus,
  now: number,
  change: Change | ((row: RecordingRow) => Change) = {},
): Promise<{ row: RecordingRow; isMoved: boolean } | undefined> =>
  db.transaction().execute(async (tx) => {
    const before = await findRecordingById(tx, recordingId)
    if (before === undefined) return undefined
    await lockRoom(tx, before.roomId)
    const row = await findRecordingById(tx, recordingId)
    if (row === undefined) return undefined
    if (!STEPS[row.status].includes(to)) return { row, isMoved: false }
    const all = { ...(typeof change === 'function' ? change(row) : change), status: to, updatedAt: now }
    await updateRecording(tx, recordingId, all)
    const moved = { ...row, ...all }
    await emitRecording(tx, now, moved)
    return { row: moved, isMoved: true }
  })

/**
 * Removes the records of a room's recordings; give the transaction that removes the room. One that runs ends as
 * `aborted`, and its recorder stops when it finds no record.
 */
export async function deleteRecordingsOfRoom(
  tx: Db,
  orgId: string,
  roomId: string,
  now: number,
): Promise<void> {
  for (const row of await listRecordingsOfRoom(tx, orgId, roomId)) {
    if (!isFinished(row.status))
      await emitRecording(tx, now, {
        ...row,
        status: 'aborted',
        endedAt: now,
        durationMs: row.activeAt === null ? 0 : now - row.activeAt,
        sizeBytes: 0,
        details: 'The room was deleted',
      })
    await deleteRecording(tx, row, now)
  }
}
