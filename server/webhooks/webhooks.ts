import { randomBytes } from 'node:crypto'
import { lookup } from 'node:dns/promises'
import type { Updateable } from 'kysely'
import type { z } from 'zod'
import { lockOrganization } from '../accounts/store.ts'
import { audit } from '../audit/audit.ts'
import type { Clock } from '../clock.ts'
import { decodeCursor, encodeCursor } from '../db/paging.ts'
import type { Db } from '../db/open.ts'
import { Conflict, Invalid, NotFound } from '../errors.ts'
import type { Environment, KeyCaller, SessionCaller } from '../http/caller.ts'
import { newId } from '../ids.ts'
import type { Vault } from '../vault.ts'
import { isPublicAddress, literalAddress } from './addresses.ts'
import { isSuccessful, triedColumns } from './dispatcher.ts'
import { DEFAULT_EVENTS, type EventName } from './outbox.ts'
import type { CreateWebhook, UpdateWebhook, Delivery, Try, WebhookView, WebhookWithSecret } from './schema.ts'
import type { Outcome, Sender } from './sender.ts'
import { signatureHeaders } from './signature.ts'
import {
  countPending,
  deleteWebhook,
  type DeliveryStatus,
  findDelivery,
  findWebhook,
  hastenDeliveries,
  insertDeliveries,
  insertWebhook,
  listDeliveries,
  listWebhooks,
  type LoggedDelivery,
  updateWebhook,
  type WebhookRow,
  type WebhookTable,
} from './store.ts'

/** Subscriptions in one environment of an organization. */
const MAX_WEBHOOKS = 100
const SECRET_BYTES = 32

type Caller = KeyCaller | SessionCaller
interface Tenant {
  orgId: string
  environment: Environment
}

/** What a request may do beyond its caller's rights: `isPrivateAllowed` in local mode, or where the operator said so. */
export interface Origin {
  ip: string
  isPrivateAllowed: boolean
}

/** Webhook subscriptions: who is told of what, and what came of it. Delivering is the dispatcher's. */
export class Webhooks {
  readonly #db: Db
  readonly #clock: Clock
  readonly #vault: Vault
  readonly #sender: Sender

  constructor(options: { db: Db; clock: Clock; vault: Vault; sender: Sender }) {
    this.#db = options.db
    this.#clock = options.clock
    this.#vault = options.vault
    this.#sender = options.sender
  }

  /** Subscribes. Throws Invalid for a URL of a private address, Conflict `webhook_limit_reached` at the 101st. */
  async create(
    caller: Caller,
    wanted: z.output<typeof CreateWebhook>,
    { ip, isPrivateAllowed }: Origin,
  ): Promise<WebhookWithSecret> {
    await refusePrivate(wanted.url, isPrivateAllowed)
    const secret = wanted.secret ?? newSecret()
    const now = this.#clock.now()
    const row = this.newRow(caller, { url: wanted.url, events: wanted.events ?? null, secret })
    await this.#db.transaction().execute(async (tx) => {
      await lockOrganization(tx, caller.orgId)
      if ((await listWebhooks(tx, caller)).length >= MAX_WEBHOOKS)
        throw new Conflict(
          'webhook_limit_reached',
          `An organization has at most ${MAX_WEBHOOKS} webhooks in an environment: delete one first`,
        )
      await insertWebhook(tx, row)
      await audit(tx, now, {
        orgId: caller.orgId,
        caller,
        action: 'webhook.created',
        target: row.id,
        ip,
        details: { url: row.url },
      })
    })
    return { ...viewOf({ ...row, seq: 0 }, 0), secret }
  }

  /** A subscription's row, enabled and new; its secret is sealed. */
  newRow(
    tenant: Tenant & { username: string },
    wanted: { url: string; events: readonly EventName[] | null; secret?: string },
  ): Omit<WebhookRow, 'seq'> {
    const id = newId('webhook')
    return {
      id,
      orgId: tenant.orgId,
      environment: tenant.environment,
      url: wanted.url,
      events: wanted.events === null ? null : JSON.stringify(wanted.events),
      secret: this.#vault.seal(wanted.secret ?? newSecret(), id),
      keyId: null,
      isGlobal: 0,
      enabled: 1,
      disabledReason: null,
      enabledAt: this.#clock.now(),
      createdAt: this.#clock.now(),
      createdBy: tenant.username,
      lastDeliveryAt: null,
      failingSince: null,
      lastError: null,
    }
  }

  /** Oldest first. */
  async list(tenant: Tenant): Promise<WebhookView[]> {
    const rows = await listWebhooks(this.#db, tenant)
    const pending = await this.#pending(rows)
    return rows.map((row) => viewOf(row, pending.get(row.id) ?? 0))
  }

  /** Throws NotFound `webhook_not_found`, also for another organization's or environment's. */
  async get(tenant: Tenant, id: string): Promise<WebhookView> {
    const row = await this.#find(this.#db, tenant, id)
    return viewOf(row, (await this.#pending([row])).get(id) ?? 0)
  }

  async #pending(rows: WebhookRow[]): Promise<Map<string, number>> {
    const counts = await countPending(
      this.#db,
      rows.map(({ id }) => id),
    )
    return new Map(counts.map(({ webhookId, total }) => [webhookId, total]))
  }

  /** Changes it from the next try on. A new URL, or being enabled, begins anew: what waits is tried at once. */
  async update(
    caller: Caller,
    id: string,
    change: z.output<typeof UpdateWebhook>,
    { ip, isPrivateAllowed }: Origin,
  ): Promise<WebhookView> {
    if (change.url !== undefined) await refusePrivate(change.url, isPrivateAllowed)
    const now = this.#clock.now()
    await this.#db.transaction().execute(async (tx) => {
      const old = await this.#find(tx, caller, id)
      const isEnabled = change.enabled === true && old.enabled === 0
      const isFresh = isEnabled || (change.url !== undefined && change.url !== old.url)
      const columns: Updateable<WebhookTable> = {
        ...(change.url === undefined ? {} : { url: change.url }),
        ...(change.events === undefined
          ? {}
          : { events: change.events === null ? null : JSON.stringify(change.events) }),
        ...(change.enabled === undefined ? {} : { enabled: change.enabled ? 1 : 0, disabledReason: null }),
        // A secret of its own: it no longer goes with an API key.
        ...(change.secret === undefined ? {} : { secret: this.#vault.seal(change.secret, id), keyId: null }),
        ...(isFresh ? { failingSince: null, lastError: null } : {}),
        ...(isEnabled ? { enabledAt: now } : {}),
      }
      await updateWebhook(tx, id, columns)
      if (isFresh) await hastenDeliveries(tx, id, now)
      const { secret, ...told } = change
      await audit(tx, now, {
        orgId: caller.orgId,
        caller,
        action: 'webhook.updated',
        target: id,
        ip,
        details: { ...told, ...(secret === undefined ? {} : { secret: 'replaced' }) },
      })
    })
    return this.get(caller, id)
  }

  /** Gives it a new secret, from the next try on. */
  async replaceSecret(caller: Caller, id: string, origin: Origin): Promise<WebhookWithSecret> {
    const secret = newSecret()
    return { ...(await this.update(caller, id, { secret }, origin)), secret }
  }

  /** Deletes it with its log. What is under way may still arrive. */
  async delete(caller: Caller, id: string, ip: string): Promise<void> {
    await this.#db.transaction().execute(async (tx) => {
      const row = await this.#find(tx, caller, id)
      await deleteWebhook(tx, id)
      await audit(tx, this.#clock.now(), {
        orgId: caller.orgId,
        caller,
        action: 'webhook.deleted',
        target: id,
        ip,
        details: { url: row.url },
      })
    })
  }

  /** Sends `testEvent` once, also to a disabled one, and tells what came of it. */
  async test(tenant: Tenant, id: string): Promise<Delivery> {
    const row = await this.#find(this.#db, tenant, id)
    const secret = this.#vault.open(row.secret, row.id)
    if (secret === null)
      throw new Conflict('webhook_secret_lost', 'The secret of this webhook cannot be read: set a new one')
    const now = this.#clock.now()
    const { eventId, headers, payload } = testDelivery(secret, now)
    const outcome = await this.#sender.post(row.url, headers, payload)
    const deliveryId = newId('delivery')
    await insertDeliveries(this.#db, [
      {
        id: deliveryId,
        webhookId: id,
        eventId,
        event: TEST_EVENT,
        lane: null,
        payload,
        kind: 'test',
        createdAt: now,
        status: isSuccessful(outcome) ? 'delivered' : 'failed',
        nextAt: now,
        attempt: 1,
        ...triedColumns(row.url, { at: now, headers }, outcome),
      },
    ])
    return deliveryView(await this.#findDelivery(id, deliveryId))
  }

  /** Sends `testEvent` to any URL, for OpenVidu's settings page; `secret` null = not signed by anything known. */
  async testUrl(url: string, secret: string | null, { isPrivateAllowed }: Origin): Promise<Outcome> {
    await refusePrivate(url, isPrivateAllowed)
    const { headers, payload } = testDelivery(secret ?? newSecret(), this.#clock.now())
    return this.#sender.post(url, headers, payload)
  }

  /** A page of what was sent, newest first. */
  async deliveries(
    tenant: Tenant,
    id: string,
    wanted: { status?: DeliveryStatus; event?: string; maxItems: number; nextPageToken?: string },
  ): Promise<{
    deliveries: Delivery[]
    pagination: { isTruncated: boolean; nextPageToken?: string; maxItems: number }
  }> {
    await this.#find(this.#db, tenant, id)
    const { maxItems, status, event } = wanted
    const after = decodeCursor(wanted.nextPageToken, id, 'desc')
    const rows = await listDeliveries(this.#db, id, {
      ...(status === undefined ? {} : { status }),
      ...(event === undefined ? {} : { event }),
      ...(after === undefined ? {} : { beforeSeq: after.seq }),
      limit: maxItems + 1,
    })
    const page = rows.slice(0, maxItems)
    const last = page.at(-1)
    const isTruncated = rows.length > maxItems && last !== undefined
    return {
      deliveries: page.map(deliveryView),
      pagination: {
        isTruncated,
        ...(isTruncated ? { nextPageToken: encodeCursor({ value: null, seq: last.seq }, id, 'desc') } : {}),
        maxItems,
      },
    }
  }

  async delivery(tenant: Tenant, id: string, deliveryId: string): Promise<Delivery> {
    await this.#find(this.#db, tenant, id)
    return deliveryView(await this.#findDelivery(id, deliveryId))
  }

  /**
   * Sends an event once more, with tries of its own and out of the room's order. Throws Conflict `webhook_disabled`,
   * and `event_gone` when what was sent is not kept any more.
   */
  async redeliver(tenant: Tenant, id: string, deliveryId: string): Promise<Delivery> {
    const row = await this.#find(this.#db, tenant, id)
    if (row.enabled !== 1)
      throw new Conflict('webhook_disabled', 'This webhook is disabled: enable it to deliver again')
    const { eventId, event, payload } = await this.#findDelivery(id, deliveryId)
    if (payload === null)
      throw new Conflict('event_gone', 'What was sent is not kept any more: it cannot be sent again')
    const now = this.#clock.now()
    const again = newId('delivery')
    await insertDeliveries(this.#db, [
      {
        id: again,
        webhookId: id,
        eventId,
        event,
        lane: null,
        payload,
        kind: 'redelivery',
        createdAt: now,
        status: 'pending',
        nextAt: now,
      },
    ])
    return deliveryView(await this.#findDelivery(id, again))
  }

  async #find(db: Db, tenant: Tenant, id: string): Promise<WebhookRow> {
    const row = await findWebhook(db, tenant, id)
    if (row === undefined)
      throw new NotFound('webhook_not_found', `There is no webhook ${id} in this organization`)
    return row
  }

  async #findDelivery(id: string, deliveryId: string): Promise<LoggedDelivery> {
    const row = await findDelivery(this.#db, id, deliveryId)
    if (row === undefined)
      throw new NotFound('delivery_not_found', `This webhook has no delivery ${deliveryId} on record`)
    return row
  }
}

export const TEST_EVENT = 'testEvent'

function testDelivery(secret: string, at: number) {
  const eventId = newId('evt')
  const payload = JSON.stringify({
    event: TEST_EVENT,
    creationDate: at,
    data: { message: 'This is a test webhook event' },
  })
  return { eventId, payload, headers: signatureHeaders(secret, { id: eventId, at, body: payload }) }
}

const newSecret = (): string => `whsec_${randomBytes(SECRET_BYTES).toString('base64')}`

/**
 * Throws Invalid at `url` when a host resolves to any address that is not public. A name that does not resolve now
 * is taken: the guard at delivery sees it, too.
 */
export async function refusePrivate(url: string, isAllowed: boolean): Promise<void> {
  if (isAllowed) return
  const target = new URL(url)
  const literal = literalAddress(target)
  const addresses =
    literal === null ? await lookup(target.hostname, { all: true }).catch(() => null) : [{ address: literal }]
  const found = addresses?.find(({ address }) => !isPublicAddress(address))
  if (found === undefined) return
  throw new Invalid([
    {
      field: 'url',
      message: `${target.hostname} leads to the private address ${found.address}. The operator can allow that with WEBHOOK_ALLOW_PRIVATE=true`,
    },
  ])
}

const iso = (at: number) => new Date(at).toISOString()
const isoOrNull = (at: number | null) => (at === null ? null : iso(at))

const viewOf = (row: WebhookRow, pendingCount: number): WebhookView => ({
  id: row.id,
  url: row.url,
  events: row.events === null ? [...DEFAULT_EVENTS] : (JSON.parse(row.events) as EventName[]),
  environment: row.environment,
  enabled: row.enabled === 1,
  disabledReason: row.disabledReason,
  createdAt: iso(row.createdAt),
  lastDeliveryAt: isoOrNull(row.lastDeliveryAt),
  failingSince: isoOrNull(row.failingSince),
  lastError: row.lastError,
  pendingCount,
})

const deliveryView = (row: LoggedDelivery): Delivery => ({
  id: row.id,
  event: row.event,
  eventId: row.eventId,
  kind: row.kind,
  at: iso(row.createdAt),
  attempt: row.attempt,
  status: row.status,
  nextAttemptAt: row.status === 'pending' ? iso(row.nextAt) : null,
  responseStatus: row.responseStatus,
  durationMs: row.durationMs,
  request: {
    url: row.url,
    headers: {
      'Content-Type': 'application/json',
      ...(JSON.parse(row.requestHeaders ?? '{}') as Record<string, string>),
    },
    body: row.payload ?? '',
  },
  response: row.response,
  error: row.error,
  tries: (JSON.parse(row.tries) as (Omit<Try, 'at'> & { at: number })[]).map((one) => ({
    ...one,
    at: iso(one.at),
  })),
})
