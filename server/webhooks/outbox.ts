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
  /** When deliveries were made of it; null = that is still to be done. */
  fannedOutAt: number | null
}

/** What OpenVidu Meet tells of (contract/openvidu-meet.md 6). */
export const OPENVIDU_EVENTS = [
  'meetingStarted',
  'meetingEnded',
  'recordingStarted',
  'recordingUpdated',
  'recordingEnded',
] as const
/** Sent to who asks for no events in particular. */
export const DEFAULT_EVENTS = [
  ...OPENVIDU_EVENTS,
  'participantJoined',
  'participantLeft',
  'roomCreated',
  'roomUpdated',
  'roomDeleted',
] as const
/** Sent only to who names them: what people write, and what concerns access. */
const EVENTS_BY_CHOICE = ['chatMessageSent', 'keyCreated', 'keyRotated', 'keyRevoked'] as const

export const EVENT_NAMES = [...DEFAULT_EVENTS, ...EVENTS_BY_CHOICE] as const
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
      fannedOutAt: null,
    })
    .execute()
}

/** The same for an event that is kept only where some subscription has chosen it. */
export async function emitIfChosen(db: Db, at: number, event: OutboxEvent): Promise<void> {
  const chosen = await db
    .selectFrom('webhook')
    .select('id')
    .where('orgId', '=', event.orgId)
    .where('environment', '=', event.environment)
    .where('enabled', '=', 1)
    .where('events', 'like', `%"${event.event}"%`)
    .limit(1)
    .executeTakeFirst()
  if (chosen !== undefined) await emit(db, at, event)
}

/** Events of which no deliveries were made yet, oldest first; index outbox_waiting. */
export const listWaitingEvents = (db: Db, limit: number) =>
  db.selectFrom('outbox').selectAll().where('fannedOutAt', 'is', null).orderBy('seq').limit(limit).execute()

/** Says that deliveries were made of these; returns of how many that was not said before. */
export async function markFannedOut(db: Db, seqs: number[], at: number): Promise<number> {
  const { numUpdatedRows } = await db
    .updateTable('outbox')
    .set({ fannedOutAt: at })
    .where('seq', 'in', seqs)
    .where('fannedOutAt', 'is', null)
    .executeTakeFirstOrThrow()
  return Number(numUpdatedRows)
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
