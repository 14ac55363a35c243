import type { Generated } from 'kysely'
import type { Clock } from '../clock.ts'
import type { Db } from '../db/open.ts'
import type { Group } from '../http/endpoint.ts'
import type { Logger } from '../log.ts'
import { addKeyUse } from './store.ts'

export interface KeyUsageTable {
  keyId: string
  /** Start of the hour, ms UTC. */
  hourAt: number
  group: string
  status2xx: number
  status4xx: number
  status5xx: number
}

export interface KeyRequestTable {
  seq: Generated<number>
  keyId: string
  at: number
  method: string
  route: string
  status: number
  ip: string
  durationMs: number
}

/** One answered request of a key. */
export interface KeyRequest {
  at: number
  method: string
  route: string
  status: number
  ip: string
  durationMs: number
}

type Counts = Pick<KeyUsageTable, 'status2xx' | 'status4xx' | 'status5xx'>

interface Pending {
  requests: number
  lastUsedAt: number
  lastUsedIp: string
  /** By `hourAt group`. */
  hours: Map<string, Counts>
  recent: KeyRequest[]
}

/** How many of a key's last requests are kept. */
export const RECENT = 50
const FLUSH_MS = 2000
const HOUR_MS = 3_600_000

/**
 * Counts what keys do in memory and writes it every 2 s and at the end, so that no request waits for a write.
 * What could not be written is kept for the next time.
 */
export class KeyUsage {
  readonly #db: Db
  readonly #clock: Clock
  readonly #log: Logger
  readonly #timer: NodeJS.Timeout
  #pending = new Map<string, Pending>()

  constructor(options: { db: Db; clock: Clock; log: Logger }) {
    this.#db = options.db
    this.#clock = options.clock
    this.#log = options.log
    this.#timer = setInterval(() => {
      this.flush().catch((err: unknown) =>
        this.#log.error({ err }, 'key usage was not written, it is tried again'),
      )
    }, FLUSH_MS).unref()
  }

  /** A key was accepted. */
  used(keyId: string, ip: string): void {
    const pending = this.#of(keyId)
    pending.requests += 1
    pending.lastUsedAt = this.#clock.now()
    pending.lastUsedIp = ip
  }

  /** Its request was answered. */
  answered(keyId: string, group: Group, request: KeyRequest): void {
    const pending = this.#of(keyId)
    const hour = `${request.at - (request.at % HOUR_MS)} ${group}`
    let counts = pending.hours.get(hour)
    if (counts === undefined) pending.hours.set(hour, (counts = { status2xx: 0, status4xx: 0, status5xx: 0 }))
    if (request.status >= 500) counts.status5xx += 1
    else if (request.status >= 400) counts.status4xx += 1
    else counts.status2xx += 1
    if (pending.recent.length === 2 * RECENT) pending.recent.splice(0, RECENT)
    pending.recent.push(request)
  }

  #of(keyId: string): Pending {
    let pending = this.#pending.get(keyId)
    if (pending === undefined) {
      pending = { requests: 0, lastUsedAt: 0, lastUsedIp: '', hours: new Map(), recent: [] }
      this.#pending.set(keyId, pending)
    }
    return pending
  }

  async flush(): Promise<void> {
    if (this.#pending.size === 0) return
    const writing = this.#pending
    this.#pending = new Map()
    try {
      await this.#db.transaction().execute(async (tx) => {
        for (const [keyId, pending] of writing) await write(tx, keyId, pending)
      })
    } catch (err) {
      for (const [keyId, old] of writing) this.#putBack(keyId, old)
      throw err
    }
  }

  #putBack(keyId: string, old: Pending): void {
    const pending = this.#of(keyId)
    pending.requests += old.requests
    if (pending.lastUsedAt === 0) {
      pending.lastUsedAt = old.lastUsedAt
      pending.lastUsedIp = old.lastUsedIp
    }
    for (const [hour, counts] of old.hours) {
      const newer = pending.hours.get(hour)
      if (newer === undefined) pending.hours.set(hour, counts)
      else for (const name of ['status2xx', 'status4xx', 'status5xx'] as const) newer[name] += counts[name]
    }
    pending.recent = [...old.recent, ...pending.recent].slice(-RECENT)
  }

  async close(): Promise<void> {
    clearInterval(this.#timer)
    await this.flush()
  }
}

async function write(tx: Db, keyId: string, pending: Pending): Promise<void> {
  if (pending.requests > 0) await addKeyUse(tx, keyId, pending)
  for (const [hour, counts] of pending.hours) {
    const [hourAt = '', group = ''] = hour.split(' ')
    await tx
      .insertInto('keyUsage')
      .values({ keyId, hourAt: Number(hourAt), group, ...counts })
      .onConflict((conflict) =>
        conflict.columns(['keyId', 'hourAt', 'group']).doUpdateSet((eb) => ({
          status2xx: eb('keyUsage.status2xx', '+', counts.status2xx),
          status4xx: eb('keyUsage.status4xx', '+', counts.status4xx),
          status5xx: eb('keyUsage.status5xx', '+', counts.status5xx),
        })),
      )
      .execute()
  }
  const recent = pending.recent.slice(-RECENT)
  if (recent.length === 0) return
  await tx
    .insertInto('keyRequest')
    .values(recent.map((request) => ({ keyId, ...request })))
    .execute()
  const oldest = await tx
    .selectFrom('keyRequest')
    .select('seq')
    .where('keyId', '=', keyId)
    .orderBy('seq', 'desc')
    .offset(RECENT - 1)
    .limit(1)
    .executeTakeFirst()
  if (oldest !== undefined)
    await tx.deleteFrom('keyRequest').where('keyId', '=', keyId).where('seq', '<', oldest.seq).execute()
}

/** A key's counts between two times, by hour; the primary key serves it. */
export const listKeyUsage = (db: Db, keyId: string, from: number, to: number) =>
  db
    .selectFrom('keyUsage')
    .selectAll()
    .where('keyId', '=', keyId)
    .where('hourAt', '>=', from - (from % HOUR_MS))
    .where('hourAt', '<', to)
    .orderBy('hourAt')
    .execute()

/** A key's last requests, newest first; index keyRequest_recent. */
export const listKeyRequests = (db: Db, keyId: string) =>
  db
    .selectFrom('keyRequest')
    .selectAll()
    .where('keyId', '=', keyId)
    .orderBy('seq', 'desc')
    .limit(RECENT)
    .execute()
