import { createHash } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import type { Clock } from '../clock.ts'
import type { Db } from '../db/open.ts'
import { Conflict, Unprocessable } from '../errors.ts'

export interface IdempotencyTable {
  /** Hash of caller, route and Idempotency-Key. */
  scope: string
  bodyHash: string
  startedAt: number
  /** null while the first request is still at work. */
  status: number | null
  headers: string | null
  body: string | null
}

/** An answer as it is kept and given again. */
export interface KeptAnswer {
  status: number
  headers: Record<string, string>
  body: unknown
}

const KEPT_MS = 24 * 3_600_000
const WAIT_MS = 10_000
/** No request works this long: whoever began it is gone, and the next one may try. */
const ABANDONED_MS = 60_000
export const MAX_KEY_LENGTH = 255

/** Repeats of one POST do its work once (Idempotency-Key, contract/accounts-and-keys.md). */
export class Idempotency {
  readonly #db: Db
  readonly #clock: Clock

  constructor(options: { db: Db; clock: Clock }) {
    this.#db = options.db
    this.#clock = options.clock
  }

  /**
   * The answer kept for this caller, route, key and body, or null: then the caller does the work and must end
   * with {@link keep} or {@link forget}. Throws Unprocessable `idempotency_mismatch` for another body, Conflict
   * `idempotency_in_progress` when the first request takes longer than 10 s.
   */
  async begin(
    scopeParts: string[],
    key: string,
    body: unknown,
  ): Promise<{ scope: string; kept: KeptAnswer | null }> {
    if (key.length > MAX_KEY_LENGTH)
      throw new Unprocessable(
        'idempotency_key_too_long',
        `Idempotency-Key may have ${MAX_KEY_LENGTH} characters`,
      )
    const scope = hash([...scopeParts, key])
    const bodyHash = hash([JSON.stringify(body ?? null)])
    const deadline = performance.now() + WAIT_MS
    for (;;) {
      const now = this.#clock.now()
      await this.#db
        .deleteFrom('idempotency')
        .where('scope', '=', scope)
        .where((eb) =>
          eb.or([
            eb('startedAt', '<', now - KEPT_MS),
            eb.and([eb('status', 'is', null), eb('startedAt', '<', now - ABANDONED_MS)]),
          ]),
        )
        .execute()
      const { numInsertedOrUpdatedRows } = await this.#db
        .insertInto('idempotency')
        .values({ scope, bodyHash, startedAt: now, status: null, headers: null, body: null })
        .onConflict((conflict) => conflict.column('scope').doNothing())
        .executeTakeFirstOrThrow()
      if (numInsertedOrUpdatedRows === 1n) return { scope, kept: null }
      const row = await this.#db
        .selectFrom('idempotency')
        .selectAll()
        .where('scope', '=', scope)
        .executeTakeFirst()
      if (row === undefined) continue
      if (row.bodyHash !== bodyHash)
        throw new Unprocessable(
          'idempotency_mismatch',
          'This Idempotency-Key was used with another body: take a new one',
        )
      if (row.status !== null) {
        const headers = JSON.parse(row.headers ?? '{}') as Record<string, string>
        return {
          scope,
          kept: { status: row.status, headers, body: JSON.parse(row.body ?? 'null') as unknown },
        }
      }
      if (performance.now() > deadline)
        throw new Conflict(
          'idempotency_in_progress',
          'The first request with this Idempotency-Key is still at work',
        )
      await delay(50)
    }
  }

  async keep(scope: string, answer: KeptAnswer): Promise<void> {
    await this.#db
      .updateTable('idempotency')
      .set({
        status: answer.status,
        headers: JSON.stringify(answer.headers),
        body: JSON.stringify(answer.body ?? null),
      })
      .where('scope', '=', scope)
      .execute()
  }

  /** The work did not end with an answer worth keeping: a repeat does it again. */
  async forget(scope: string): Promise<void> {
    await this.#db.deleteFrom('idempotency').where('scope', '=', scope).execute()
  }

  /** Drops what is older than 24 h; index idempotency_age. */
  async clean(): Promise<void> {
    await this.#db
      .deleteFrom('idempotency')
      .where('startedAt', '<', this.#clock.now() - KEPT_MS)
      .execute()
  }
}

const hash = (parts: string[]): string =>
  createHash('sha256').update(JSON.stringify(parts)).digest('base64url')
