import { type Generated, type Insertable, type Selectable, sql, type Updateable } from 'kysely'
import type { Db } from '../db/open.ts'
import type { Environment } from '../http/caller.ts'
import { DEFAULT_EVENTS } from './outbox.ts'

export interface WebhookTable {
  seq: Generated<number>
  id: string
  orgId: string
  environment: Environment
  url: string
  /** JSON list of names; null = the default ones, also those of later releases. */
  events: string | null
  /** Sealed by the vault for this row's id. */
  secret: string
  /** The API key that is its secret: revoking that one disables this. */
  keyId: string | null
  /** The one that OpenVidu's `/config/webhooks` sets. */
  isGlobal: number
  enabled: number
  disabledReason: string | null
  /** What happened before it was enabled last is not sent. */
  enabledAt: number
  createdAt: number
  createdBy: string
  lastDeliveryAt: number | null
  /** Since when nothing has succeeded. */
  failingSince: number | null
  lastError: string | null
}
export type WebhookRow = Selectable<WebhookTable>

export type DeliveryStatus = 'pending' | 'delivered' | 'failed'

/** One event for one subscription: how it stands, and its latest try. */
export interface WebhookDeliveryTable {
  seq: Generated<number>
  id: string
  webhookId: string
  /** Id of the event in the outbox; the same for all its deliveries. */
  eventId: string
  event: string
  /** The room, whose events arrive in order; null = no order. */
  lane: string | null
  /** The body, where the outbox does not hold it: of tests and redeliveries. */
  payload: string | null
  kind: 'event' | 'test' | 'redelivery'
  createdAt: number
  status: DeliveryStatus
  nextAt: number
  triedAt: number | null
  /** Tries so far. */
  attempt: Generated<number>
  url: string | null
  requestHeaders: string | null
  responseStatus: number | null
  response: string | null
  error: string | null
  durationMs: number | null
  /** JSON of the tries before the latest. */
  tries: Generated<string>
}

/** Spelt out, not bound: SQLite uses a partial index only where it can see that the index covers the query. */
const PENDING = sql.lit<DeliveryStatus>('pending')

interface Tenant {
  orgId: string
  environment: Environment
}

export const insertWebhook = (db: Db, row: Insertable<WebhookTable>) =>
  db.insertInto('webhook').values(row).execute()

export const findWebhook = (db: Db, { orgId, environment }: Tenant, id: string) =>
  db
    .selectFrom('webhook')
    .selectAll()
    .where('orgId', '=', orgId)
    .where('environment', '=', environment)
    .where('id', '=', id)
    .executeTakeFirst()

/** Oldest first; index webhook_list. */
export const listWebhooks = (db: Db, { orgId, environment }: Tenant) =>
  db
    .selectFrom('webhook')
    .selectAll()
    .where('orgId', '=', orgId)
    .where('environment', '=', environment)
    .orderBy('createdAt')
    .orderBy('seq')
    .execute()

/** The subscription that OpenVidu's settings page knows. */
export const findGlobalWebhook = (db: Db, orgId: string) =>
  db.selectFrom('webhook').selectAll().where('orgId', '=', orgId).where('isGlobal', '=', 1).executeTakeFirst()

export const findWebhooksOfKey = (db: Db, orgId: string, keyId: string) =>
  db.selectFrom('webhook').selectAll().where('orgId', '=', orgId).where('keyId', '=', keyId).execute()

export async function updateWebhook(db: Db, id: string, change: Updateable<WebhookTable>): Promise<void> {
  if (Object.keys(change).length === 0) return
  await db.updateTable('webhook').set(change).where('id', '=', id).execute()
}

export const deleteWebhook = (db: Db, id: string) => db.deleteFrom('webhook').where('id', '=', id).execute()

export const listEnabledWebhooksOf = (db: Db, orgIds: string[]) =>
  db
    .selectFrom('webhook')
    .select(['id', 'orgId'])
    .where('enabled', '=', 1)
    .where('orgId', 'in', orgIds)
    .execute()

/** Makes a delivery of each of these events for each subscription that wants it. */
export async function fanOut(db: Db, seqs: number[]): Promise<void> {
  await db
    .insertInto('webhookDelivery')
    .columns(['id', 'webhookId', 'eventId', 'event', 'lane', 'kind', 'createdAt', 'status', 'nextAt'])
    .expression((eb) =>
      eb
        .selectFrom('outbox')
        .innerJoin('webhook', (join) =>
          join
            .onRef('webhook.orgId', '=', 'outbox.orgId')
            .onRef('webhook.environment', '=', 'outbox.environment')
            .onRef('webhook.enabledAt', '<=', 'outbox.createdAt'),
        )
        .select([
          // Unique, since the event's id is; nobody gains anything by guessing it.
          sql<string>`'delivery_' || substr(outbox.id, 5) || webhook.seq`.as('id'),
          'webhook.id as webhookId',
          'outbox.id as eventId',
          'outbox.event',
          'outbox.roomId as lane',
          sql<'event'>`'event'`.as('kind'),
          'outbox.createdAt',
          sql<'pending'>`'pending'`.as('status'),
          'outbox.createdAt as nextAt',
        ])
        .where('outbox.seq', 'in', seqs)
        .where('webhook.enabled', '=', 1)
        .where((or) =>
          or.or([
            or.and([or('webhook.events', 'is', null), or('outbox.event', 'in', [...DEFAULT_EVENTS])]),
            sql<boolean>`webhook.events like '%"' || outbox.event || '"%'`,
          ]),
        )
        .orderBy('outbox.seq')
        .orderBy('webhook.seq'),
    )
    .execute()
}

export const findEnabledWebhook = (db: Db, id: string) =>
  db.selectFrom('webhook').selectAll().where('id', '=', id).where('enabled', '=', 1).executeTakeFirst()

/** How many deliveries wait, by subscription; index webhookDelivery_pending. */
export const countPending = (db: Db, webhookIds: string[]) =>
  webhookIds.length === 0
    ? Promise.resolve([])
    : db
        .selectFrom('webhookDelivery')
        .select((eb) => ['webhookId', eb.fn.countAll<number>().as('total')])
        .where('webhookId', 'in', webhookIds)
        .where('status', '=', PENDING)
        .groupBy('webhookId')
        .execute()

export const insertDeliveries = (db: Db, rows: Insertable<WebhookDeliveryTable>[]) =>
  db.insertInto('webhookDelivery').values(rows).execute()

/** When each enabled subscription has its next try, those with one; index webhookDelivery_next. */
export async function listNextTries(db: Db): Promise<{ webhookId: string; nextAt: number }[]> {
  const rows = await db
    .selectFrom('webhook')
    .select((eb) => [
      'webhook.id as webhookId',
      eb
        .selectFrom('webhookDelivery')
        .select((min) => min.fn.min<number>('nextAt').as('first'))
        .whereRef('webhookDelivery.webhookId', '=', 'webhook.id')
        .where('status', '=', PENDING)
        .as('nextAt'),
    ])
    .where('enabled', '=', 1)
    .execute()
  return rows.flatMap(({ webhookId, nextAt }) => (nextAt === null ? [] : [{ webhookId, nextAt }]))
}

/**
 * A subscription's deliveries that may be tried now, oldest first, with their bodies. Left out are those that an
 * earlier one of the same room holds back, because it waits for one of its first `holding` tries.
 */
export const listDueDeliveries = (
  db: Db,
  webhookId: string,
  { now, holding, limit }: { now: number; holding: number; limit: number },
) =>
  db
    .selectFrom('webhookDelivery as delivery')
    .leftJoin('outbox', 'outbox.id', 'delivery.eventId')
    .select(['delivery.seq', 'delivery.id', 'eventId', 'lane', 'delivery.createdAt', 'attempt'])
    .select(['tries', 'triedAt', 'responseStatus', 'durationMs', 'error'])
    .select((eb) => eb.fn.coalesce('delivery.payload', 'outbox.payload').as('payload'))
    .where('webhookId', '=', webhookId)
    .where('status', '=', PENDING)
    .where('nextAt', '<=', now)
    .where((eb) =>
      eb.or([
        eb('lane', 'is', null),
        eb.not(
          eb.exists(
            eb
              .selectFrom('webhookDelivery as earlier')
              .select('earlier.seq')
              .whereRef('earlier.webhookId', '=', 'delivery.webhookId')
              .whereRef('earlier.lane', '=', 'delivery.lane')
              .whereRef('earlier.seq', '<', 'delivery.seq')
              .where('earlier.status', '=', PENDING)
              .where('earlier.attempt', '<', holding)
              .where('earlier.nextAt', '>', now),
          ),
        ),
      ]),
    )
    .orderBy('delivery.seq')
    .limit(limit)
    .execute()
export type DueDelivery = Awaited<ReturnType<typeof listDueDeliveries>>[number]

/** Writes what came of a try, unless the delivery has ended meanwhile. */
export const updatePendingDelivery = (db: Db, id: string, change: Updateable<WebhookDeliveryTable>) =>
  db.updateTable('webhookDelivery').set(change).where('id', '=', id).where('status', '=', PENDING).execute()

/** Ends what still waits of a subscription. */
export const failPendingDeliveries = (db: Db, webhookId: string, error: string) =>
  db
    .updateTable('webhookDelivery')
    .set({ status: 'failed', error })
    .where('webhookId', '=', webhookId)
    .where('status', '=', PENDING)
    .execute()

export const findDelivery = (db: Db, webhookId: string, id: string) =>
  db
    .selectFrom('webhookDelivery')
    .leftJoin('outbox', 'outbox.id', 'webhookDelivery.eventId')
    .selectAll('webhookDelivery')
    .select((eb) => eb.fn.coalesce('webhookDelivery.payload', 'outbox.payload').as('payload'))
    .where('webhookId', '=', webhookId)
    .where('webhookDelivery.id', '=', id)
    .executeTakeFirst()

/** A page of the log, newest first; index webhookDelivery_list. */
export const listDeliveries = (
  db: Db,
  webhookId: string,
  filter: { status?: DeliveryStatus; event?: string; beforeSeq?: number; limit: number },
) => {
  let query = db
    .selectFrom('webhookDelivery')
    .leftJoin('outbox', 'outbox.id', 'webhookDelivery.eventId')
    .selectAll('webhookDelivery')
    .select((eb) => eb.fn.coalesce('webhookDelivery.payload', 'outbox.payload').as('payload'))
    .where('webhookId', '=', webhookId)
  if (filter.status !== undefined) query = query.where('status', '=', filter.status)
  if (filter.event !== undefined) query = query.where('webhookDelivery.event', '=', filter.event)
  if (filter.beforeSeq !== undefined) query = query.where('webhookDelivery.seq', '<', filter.beforeSeq)
  return query.orderBy('webhookDelivery.seq', 'desc').limit(filter.limit).execute()
}
export type LoggedDelivery = Awaited<ReturnType<typeof listDeliveries>>[number]

/** Drops deliveries made before `before`, ms UTC; index webhookDelivery_age. */
export async function deleteDeliveriesBefore(db: Db, before: number): Promise<void> {
  await db.deleteFrom('webhookDelivery').where('createdAt', '<', before).execute()
}

/** What waits of a subscription is tried again at once. */
export const hastenDeliveries = (db: Db, webhookId: string, now: number) =>
  db
    .updateTable('webhookDelivery')
    .set({ nextAt: now })
    .where('webhookId', '=', webhookId)
    .where('status', '=', PENDING)
    .where('nextAt', '>', now)
    .execute()
