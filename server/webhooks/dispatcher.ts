import { randomBytes } from 'node:crypto'
import { setImmediate as nextTurn, setTimeout as delay } from 'node:timers/promises'
import type { Clock } from '../clock.ts'
import type { Database, Db } from '../db/open.ts'
import type { Logger } from '../log.ts'
import type { Vault } from '../vault.ts'
import type { DisabledNotice } from './disabled-notice.ts'
import { Gate } from './gate.ts'
import { listWaitingEvents, markFannedOut } from './outbox.ts'
import { Results } from './results.ts'
import { delayAfter, HOLDING_TRIES, timestampOf } from './schedule.ts'
import { MAX_ANSWER_BYTES, type Outcome, type Sender } from './sender.ts'
import { signatureHeaders } from './signature.ts'
import {
  type DueDelivery,
  fanOut,
  findEnabledWebhook,
  listDueDeliveries,
  listEnabledWebhooksOf,
  listNextTries,
  type WebhookDeliveryTable,
  type WebhookRow,
} from './store.ts'

const LEASE = 'webhooks'
const LEASE_MS = 8000
const RENEW_MS = 2500
/** A lease that ends later than any could was taken by a clock that has been set back since. */
const ABSURD_LEASE_MS = 10 * LEASE_MS
const POLL_MS = 150
/** How often to look for tries that another instance has asked for. */
const SCAN_MS = 1000
const EVENTS_AT_ONCE = 200
/** How many deliveries one transaction makes, or little more. */
const DELIVERIES_AT_ONCE = 50
/** How much of one subscription is read at once. */
const WINDOW = 50
/** Deliveries under way to one receiver while it is well; to one that fails it is one. */
const CONCURRENCY = 8
const FINISH_WITHIN_MS = 2000

interface Options {
  database: Database
  clock: Clock
  log: Logger
  sender: Sender
  vault: Vault
  notice: DisabledNotice
  /** 0 to 1, for jitter. */
  random?: () => number
}

/**
 * Sends what stands in the outbox to the subscriptions, at least once, a room's events in order. One of all instances
 * does it, by a lease; when that one dies another goes on within 8 s from what the database says.
 *
 * First an event becomes a delivery for each subscription that wants it, in one transaction. Then each subscription
 * has a worker of its own, so that a receiver that hangs keeps only its own deliveries waiting.
 */
export class Dispatcher {
  readonly #database: Database
  readonly #db: Db
  readonly #clock: Clock
  readonly #log: Logger
  readonly #sender: Sender
  readonly #vault: Vault
  readonly #random: () => number
  readonly #results: Results
  readonly #gate = new Gate()
  readonly #holder = randomBytes(9).toString('base64url')
  /** When each subscription has its next try, as far as this instance knows. */
  #nextTries = new Map<string, number>()
  readonly #workers = new Map<string, Promise<void>>()
  #timer: NodeJS.Timeout | undefined
  #ticking: Promise<void> | null = null
  /** By performance.now(): until when nobody else may deliver, when to say that we still do, when to look. */
  #leadsUntil = 0
  #renewAt = 0
  #scanAt = 0
  /** By the clock that others go by: when our lease ends for them. */
  #expiresAt = Infinity
  #isClosing = false

  constructor(options: Options) {
    this.#database = options.database
    this.#db = options.database.db
    this.#clock = options.clock
    this.#log = options.log
    this.#sender = options.sender
    this.#vault = options.vault
    this.#random = options.random ?? Math.random
    this.#results = new Results(options)
  }

  start(): void {
    this.#timer = setInterval(() => void this.tick(), POLL_MS).unref()
    void this.tick()
  }

  /** Whether this instance is the one that delivers. */
  get isLeading(): boolean {
    return !this.#isClosing && performance.now() < this.#leadsUntil && this.#clock.now() < this.#expiresAt
  }

  /** Begins what is due. Resolves when it has begun, not when it is done. */
  tick(): Promise<void> {
    this.#ticking ??= this.#tick()
      .catch((err: unknown) => this.#log.debug({ err }, 'webhooks could not be delivered now, trying again'))
      .finally(() => {
        this.#ticking = null
      })
    return this.#ticking
  }

  async #tick(): Promise<void> {
    if (this.#isClosing || !(await this.#lead())) return
    // Before anything is sent: what is not on record as delivered would be sent again.
    await this.#results.flush()
    await this.#fanOut()
    if (performance.now() >= this.#scanAt) {
      for (const { webhookId, nextAt } of await listNextTries(this.#db))
        this.#nextTries.set(webhookId, nextAt)
      this.#scanAt = performance.now() + SCAN_MS
    }
    const now = this.#clock.now()
    for (const [webhookId, nextAt] of this.#nextTries)
      if (nextAt <= now && !this.#workers.has(webhookId)) this.#begin(webhookId)
  }

  /** Takes or keeps the lease; one statement, so only one instance has it. */
  async #lead(): Promise<boolean> {
    const startedAt = performance.now()
    const now = this.#clock.now()
    // After a jump of the clock others see our lease as ended: it has to be renewed before anything is sent.
    if (startedAt < this.#renewAt && now < this.#expiresAt) return this.isLeading
    await this.#db
      .insertInto('lease')
      .values({ name: LEASE, holder: '', expiresAt: 0, lastRunAt: 0 })
      .onConflict((conflict) => conflict.column('name').doNothing())
      .execute()
    const { numUpdatedRows } = await this.#db
      .updateTable('lease')
      .set({ holder: this.#holder, expiresAt: now + LEASE_MS, lastRunAt: now })
      .where('name', '=', LEASE)
      .where((eb) =>
        eb.or([
          eb('holder', '=', this.#holder),
          eb('expiresAt', '<=', now),
          eb('expiresAt', '>', now + ABSURD_LEASE_MS),
        ]),
      )
      .executeTakeFirstOrThrow()
    const wasLeading = this.isLeading
    this.#renewAt = startedAt + (numUpdatedRows === 1n ? RENEW_MS : SCAN_MS)
    this.#leadsUntil = numUpdatedRows === 1n ? startedAt + LEASE_MS : 0
    this.#expiresAt = numUpdatedRows === 1n ? now + LEASE_MS : Infinity
    if (this.isLeading && !wasLeading) {
      this.#nextTries.clear()
      this.#scanAt = 0
    }
    return this.isLeading
  }

  /** Makes deliveries of the events that have none yet, a few at a time, so that requests get their turn. */
  async #fanOut(): Promise<void> {
    while (this.isLeading) {
      const events = await listWaitingEvents(this.#db, EVENTS_AT_ONCE)
      if (events.length === 0) return
      const webhooks = await listEnabledWebhooksOf(this.#db, [...new Set(events.map(({ orgId }) => orgId))])
      const size = Math.max(1, Math.floor(DELIVERIES_AT_ONCE / Math.max(1, webhooks.length)))
      for (let i = 0; i < events.length && this.isLeading; i += size) {
        const seqs = events.slice(i, i + size).map(({ seq }) => seq)
        await this.#database.lazyTransaction(async (tx) => {
          const marked = await markFannedOut(tx, seqs, this.#clock.now())
          // Another instance has believed to lead as well, and was first.
          if (marked !== seqs.length) throw new Error('another instance delivers these events')
          await fanOut(tx, seqs)
        })
        await nextTurn()
      }
      // Which of them have a delivery to make is what the next look finds.
      this.#scanAt = 0
    }
  }

  #begin(webhookId: string): void {
    // Whatever becomes due from here on is put in again.
    this.#nextTries.delete(webhookId)
    const work = this.#work(webhookId)
      .catch((err: unknown) => {
        this.#log.debug({ err, webhookId }, 'deliveries of a webhook stopped, trying again')
        this.#scanAt = 0
      })
      .finally(() => this.#workers.delete(webhookId))
    this.#workers.set(webhookId, work)
  }

  /** Sends to one subscription until nothing is due. */
  async #work(webhookId: string): Promise<void> {
    while (this.isLeading) {
      const webhook = await findEnabledWebhook(this.#db, webhookId)
      if (webhook === undefined) return
      const due = await listDueDeliveries(this.#db, webhookId, {
        now: this.#clock.now(),
        holding: HOLDING_TRIES,
        limit: WINDOW,
      })
      if (due.length === 0) return
      await this.#send(webhook, due)
      await this.#results.flush()
    }
  }

  /** Tries each, some at a time, those of a room one after the other; ends early when one has failed. */
  async #send(webhook: WebhookRow, due: DueDelivery[]): Promise<void> {
    const secret = this.#vault.open(webhook.secret, webhook.id)
    const lanes = lanesOf(due)
    let hasFailed = false
    const run = async () => {
      for (let lane = lanes.shift(); lane !== undefined; lane = lanes.shift()) {
        for (const delivery of lane) {
          if (hasFailed || !this.isLeading) return
          if (!(await this.#try(webhook, secret, delivery))) hasFailed = true
        }
      }
    }
    const places = webhook.failingSince === null ? CONCURRENCY : 1
    await Promise.all(Array.from({ length: places }, run))
  }

  async #try(webhook: WebhookRow, secret: string | null, delivery: DueDelivery): Promise<boolean> {
    const leave = await this.#gate.enter()
    try {
      const { payload, attempt } = delivery
      const at = this.#clock.now()
      if (payload === null || secret === null) {
        const error = payload === null ? 'The event is not kept any more' : SECRET_LOST
        this.#record(webhook, delivery, { at, headers: {}, isFinal: payload === null }, failure(error))
        return false
      }
      const headers = signatureHeaders(secret, {
        id: delivery.eventId,
        at: timestampOf(delivery.createdAt, attempt, at),
        body: payload,
      })
      const outcome = await this.#sender.post(webhook.url, headers, payload)
      // Cut off by our own end: the next start sends it again, and no try is counted.
      if (this.#isClosing && outcome.error !== null) return false
      return this.#record(webhook, delivery, { at, headers, isFinal: false }, outcome)
    } finally {
      leave()
    }
  }

  #record(
    webhook: WebhookRow,
    delivery: DueDelivery,
    sent: { at: number; headers: Record<string, string>; isFinal: boolean },
    outcome: Outcome,
  ): boolean {
    const isSuccess = isSuccessful(outcome)
    const attempt = delivery.attempt + 1
    const now = this.#clock.now()
    const wait = isSuccess || sent.isFinal ? null : delayAfter(attempt, this.#random())
    if (wait !== null)
      this.#nextTries.set(webhook.id, Math.min(now + wait, this.#nextTries.get(webhook.id) ?? Infinity))
    this.#results.add({
      webhookId: webhook.id,
      deliveryId: delivery.id,
      url: webhook.url,
      at: now,
      isSuccess,
      isGone: outcome.responseStatus === 410,
      fault: isSuccess ? null : (outcome.error ?? `The receiver answered ${outcome.responseStatus}`),
      change: {
        ...triedColumns(webhook.url, sent, outcome),
        attempt,
        status: isSuccess ? 'delivered' : wait === null ? 'failed' : 'pending',
        ...(wait === null ? {} : { nextAt: now + wait }),
        tries: withTry(delivery),
      },
    })
    return isSuccess
  }

  /** Waits a moment for what is under way, and lets another instance go on at once. */
  async close(): Promise<void> {
    this.#isClosing = true
    clearInterval(this.#timer)
    await this.#ticking
    const workers = Promise.all(this.#workers.values())
    await Promise.race([workers, delay(FINISH_WITHIN_MS, undefined, { ref: false })])
    this.#sender.close()
    await workers
    await this.#results.flush().catch((err: unknown) => {
      this.#log.warn({ err }, 'the last deliveries are not on record, they are sent again')
    })
    await this.#db
      .updateTable('lease')
      .set({ expiresAt: 0 })
      .where('name', '=', LEASE)
      .where('holder', '=', this.#holder)
      .execute()
      .catch((err: unknown) => this.#log.debug({ err }, 'a lease was not given back, it ends by itself'))
  }
}

const SECRET_LOST =
  'The secret cannot be read: start Parley with the SECRET_KEY or secret.key that it was saved with, or set a new one'

const failure = (error: string): Outcome => ({ responseStatus: null, response: null, error, durationMs: 0 })

export const isSuccessful = ({ responseStatus }: Outcome): boolean =>
  responseStatus !== null && responseStatus >= 200 && responseStatus < 300

/** What a try leaves in the log. */
export const triedColumns = (
  url: string,
  { at, headers }: { at: number; headers: Record<string, string> },
  outcome: Outcome,
): Pick<
  WebhookDeliveryTable,
  'triedAt' | 'url' | 'requestHeaders' | 'responseStatus' | 'response' | 'error' | 'durationMs'
> => ({
  triedAt: at,
  url,
  requestHeaders: JSON.stringify(headers),
  responseStatus: outcome.responseStatus,
  response: outcome.response?.slice(0, MAX_ANSWER_BYTES) ?? null,
  error: outcome.error,
  durationMs: outcome.durationMs,
})

/** The tries before the one that is written now. */
function withTry({ tries, triedAt, responseStatus, error, durationMs }: DueDelivery): string {
  if (triedAt === null) return tries
  const before = JSON.parse(tries) as unknown[]
  return JSON.stringify([...before, { at: triedAt, responseStatus, error, durationMs }])
}

/** Deliveries that must follow each other, together; those that hold nobody back, each alone. */
function lanesOf(due: DueDelivery[]): DueDelivery[][] {
  const lanes = new Map<string, DueDelivery[]>()
  for (const delivery of due) {
    const isFree = delivery.lane === null || delivery.attempt >= HOLDING_TRIES
    const name = isFree ? ` ${delivery.id}` : (delivery.lane ?? '')
    const lane = lanes.get(name)
    if (lane === undefined) lanes.set(name, [delivery])
    else lane.push(delivery)
  }
  return [...lanes.values()]
}
