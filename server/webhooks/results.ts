import { setImmediate as nextTurn, setTimeout as delay } from 'node:timers/promises'
import type { Updateable } from 'kysely'
import { audit } from '../audit/audit.ts'
import type { Database, Db } from '../db/open.ts'
import type { Logger } from '../log.ts'
import type { DisabledBecause, DisabledNotice } from './disabled-notice.ts'
import { FAILING_MS } from './schedule.ts'
import {
  failPendingDeliveries,
  updatePendingDelivery,
  updateWebhook,
  type WebhookDeliveryTable,
  type WebhookRow,
} from './store.ts'

/** What one try changes. */
export interface Result {
  webhookId: string
  deliveryId: string
  /** Where it was sent; the subscription may have another URL by now. */
  url: string
  at: number
  isSuccess: boolean
  /** The receiver answered 410: it wants nothing more. */
  isGone: boolean
  /** Why it failed, for a person. */
  fault: string | null
  change: Updateable<WebhookDeliveryTable>
}

/** Tries that end within so much are written together: a commit costs more than what is in it. */
const GATHER_MS = 5
/** Few enough that a request that comes meanwhile need not wait for long. */
const BATCH = 12

/** Writes what came of tries, many in one transaction. What could not be written is kept for the next time. */
export class Results {
  readonly #database: Database
  readonly #log: Logger
  readonly #notice: DisabledNotice
  #waiting: Result[] = []
  #next: Promise<void> | null = null
  #current: Promise<void> = Promise.resolve()

  constructor(options: { database: Database; log: Logger; notice: DisabledNotice }) {
    this.#database = options.database
    this.#log = options.log
    this.#notice = options.notice
  }

  add(result: Result): void {
    this.#waiting.push(result)
  }

  /** Resolves when all that was added before is written. Throws when the database does not take it. */
  flush(): Promise<void> {
    if (this.#waiting.length === 0) return this.#current
    this.#next ??= (async () => {
      await Promise.all([delay(GATHER_MS), this.#current.catch(() => undefined)])
      this.#next = null
      this.#current = this.#write()
      await this.#current
    })()
    return this.#next
  }

  async #write(): Promise<void> {
    const all = this.#waiting
    this.#waiting = []
    while (all.length > 0) {
      const batch = all.slice(0, BATCH)
      try {
        // Lost with the power, it is sent again: at least once.
        const hasDisabled = await this.#database.lazyTransaction((tx) => this.#writeBatch(tx, batch))
        if (hasDisabled) this.#notice.send()
      } catch (err) {
        this.#waiting = [...all, ...this.#waiting]
        throw err
      }
      all.splice(0, BATCH)
      await nextTurn()
    }
  }

  /** Whether a subscription was disabled. */
  async #writeBatch(tx: Db, batch: Result[]): Promise<boolean> {
    const byWebhook = groupByWebhook(batch)
    let hasDisabled = false
    // In one order everywhere, so that two instances never wait for each other.
    for (const webhookId of [...byWebhook.keys()].toSorted()) {
      const results = byWebhook.get(webhookId) ?? []
      for (const { deliveryId, change } of results) await updatePendingDelivery(tx, deliveryId, change)
      if (await this.#standing(tx, webhookId, results)) hasDisabled = true
    }
    return hasDisabled
  }

  /** Since when a subscription fails, and whether that is enough to disable it. */
  async #standing(tx: Db, webhookId: string, results: Result[]): Promise<boolean> {
    const row = await tx.selectFrom('webhook').selectAll().where('id', '=', webhookId).executeTakeFirst()
    if (row === undefined) return false
    const lastSuccess = results.findLastIndex(({ isSuccess }) => isSuccess)
    const failures = results.slice(lastSuccess + 1)
    const [firstFailure] = failures
    const lastFailure = failures.at(-1)
    const hasSucceeded = lastSuccess !== -1
    const failingSince =
      firstFailure === undefined
        ? null
        : hasSucceeded
          ? firstFailure.at
          : (row.failingSince ?? firstFailure.at)
    await updateWebhook(tx, webhookId, {
      failingSince,
      lastError: lastFailure?.fault ?? null,
      ...(hasSucceeded ? { lastDeliveryAt: results[lastSuccess]?.at ?? null } : {}),
    })
    if (lastFailure === undefined || failingSince === null || row.enabled !== 1) return false
    const isGone = failures.some((failure) => failure.isGone && failure.url === row.url)
    if (!isGone && lastFailure.at - failingSince < FAILING_MS) return false
    await this.#disable(tx, row, isGone ? 'gone' : 'failing', lastFailure)
    return true
  }

  async #disable(tx: Db, row: WebhookRow, reason: DisabledBecause, { at, fault }: Result): Promise<void> {
    await updateWebhook(tx, row.id, { enabled: 0, disabledReason: reason })
    await failPendingDeliveries(tx, row.id, 'The webhook has been disabled')
    await audit(tx, at, {
      orgId: row.orgId,
      caller: { kind: 'nobody' },
      action: 'webhook.disabled',
      target: row.id,
      details: { url: row.url, reason },
    })
    await this.#notice.queue(tx, row, reason, fault)
    this.#log.warn({ webhookId: row.id, orgId: row.orgId, reason }, 'a webhook has been disabled')
  }
}

function groupByWebhook(batch: Result[]): Map<string, Result[]> {
  const groups = new Map<string, Result[]>()
  for (const result of batch) {
    const group = groups.get(result.webhookId)
    if (group === undefined) groups.set(result.webhookId, [result])
    else group.push(result)
  }
  return groups
}
