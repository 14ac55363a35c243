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

export const EVENT_NAMES = [
  'meetingStarted',
  'meetingEnded',
  'roomCreated',
  'roomUpdated',
  'roomDeleted',
  'participantJoined',
  'participantLeft',
] as const
export type EventName = (typeof EVENT_NAMES)[number]

export interface OutboxEvent {
  orgId: string
  environment: Environment
  roomId: string | null
  event: EventName
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

/** Events after a place in the outbox, oldest first; its primary key serves it. */
export const listEventsAfter = (db: Db, seq: number, limit: number) =>
  db.selectFrom('outbox').selectAll().where('seq', '>', seq).orderBy('seq').limit(limit).execute()

/** The place of the newest event. */
export async function lastEventSeq(db: Db): Promise<number> {
  const row = await db.selectFrom('outbox').select('seq').orderBy('seq', 'desc').limit(1).executeTakeFirst()
  return row?.seq ?? 0
}

/** Drops events older than `before`, ms UTC. */
export async function deleteEventsBefore(db: Db, before: number): Promise<void> {
  await db.deleteFrom('outbox').where('createdAt', '<', before).execute()
}
