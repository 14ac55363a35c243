import type { Generated } from 'kysely'
import type { Db } from '../db/open.ts'
import type { Environment } from '../http/caller.ts'

export interface RecordingTable {
  seq: Generated<number>
  recordingId: string
  orgId: string
  environment: Environment
  roomId: string
  roomName: string
  status: 'starting' | 'active' | 'ending' | 'complete' | 'failed' | 'aborted' | 'limit_reached'
  filename: string
  layout: string
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

export async function countRecordings(db: Db, orgId: string, environment: Environment): Promise<number> {
  const { total } = await db
    .selectFrom('recording')
    .select((eb) => eb.fn.countAll<number>().as('total'))
    .where('orgId', '=', orgId)
    .where('environment', '=', environment)
    .executeTakeFirstOrThrow()
  return total
}

/** Removes the records of a room's recordings; give the transaction that removes the room. */
export async function deleteRecordingsOfRoom(db: Db, orgId: string, roomId: string): Promise<void> {
  await db.deleteFrom('recording').where('roomId', '=', roomId).where('orgId', '=', orgId).execute()
}
