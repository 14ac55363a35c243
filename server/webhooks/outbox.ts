import type { Generated } from 'kysely'
import type { Db } from '../db/open.ts'
import type { Environment } from '../http/caller.ts'
import { newId } from '../ids.ts'

export interface OutboxTable {
  seq: Generated<number>
  id: string
  orgId: string
  environment: Environment
  roomId: string | null
  event: string
  payload: string
  createdAt: number
}

export interface OutboxEvent {
  orgId: string
  environment: Environment
  roomId: string | null
  event: 'meetingStarted' | 'meetingEnded'
  data: object
}

/** Puts an event where delivery finds it; give the transaction of the change that caused it. */
export async function emit(db: Db, at: number, event: OutboxEvent): Promise<void> {
  await db
    .insertInto('outbox')
    .values({
      id: newId('evt'),
      orgId: event.orgId,
      environment: event.environment,
      roomId: event.roomId,
      event: event.event,
      payload: JSON.stringify({ event: event.event, creationDate: at, data: event.data }),
      createdAt: at,
    })
    .execute()
}
