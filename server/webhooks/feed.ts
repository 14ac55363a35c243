import type { Db } from '../db/open.ts'
import type { Environment } from '../http/caller.ts'
import type { Logger } from '../log.ts'
import { type EventName, lastEventSeq, listEventsAfter } from './outbox.ts'

/** What a console page is told: that something changed, not what. */
export interface FeedEvent {
  seq: number
  event: EventName
  roomId: string | null
  at: number
}

interface Listener {
  orgId: string
  environment: Environment
  send: (event: FeedEvent) => void
}

const POLL_MS = 500
const BATCH = 200
/**
 * PostgreSQL hands out seq before commit, so a lower one may appear after a higher one was read: events of the
 * last moments are read again and those sent already are left out.
 */
const OVERLAP = 100

/**
 * Tells console pages of events as they appear in the outbox, also those that another instance wrote. Reads only
 * while somebody listens.
 */
export class Feed {
  readonly #db: Db
  readonly #log: Logger
  readonly #listeners = new Set<Listener>()
  #timer: NodeJS.Timeout | undefined
  #lastSeq = 0
  #sent = new Set<number>()
  #isReading = false

  constructor(options: { db: Db; log: Logger }) {
    this.#db = options.db
    this.#log = options.log
  }

  get listening(): number {
    return this.#listeners.size
  }

  /** Sends events of one organization and environment from now on; with `afterSeq` also those missed since. */
  async listen(listener: Listener, afterSeq: number | null): Promise<() => void> {
    if (this.#timer === undefined) {
      this.#lastSeq = await lastEventSeq(this.#db)
      this.#timer = setInterval(() => void this.#read(), POLL_MS).unref()
    }
    if (afterSeq !== null) {
      for (const row of await listEventsAfter(this.#db, afterSeq, BATCH))
        if (row.orgId === listener.orgId && row.environment === listener.environment)
          listener.send({
            seq: row.seq,
            event: row.event as EventName,
            roomId: row.roomId,
            at: row.createdAt,
          })
    }
    this.#listeners.add(listener)
    return () => {
      this.#listeners.delete(listener)
      if (this.#listeners.size === 0) this.close()
    }
  }

  async #read(): Promise<void> {
    if (this.#isReading) return
    this.#isReading = true
    try {
      const rows = await listEventsAfter(this.#db, Math.max(0, this.#lastSeq - OVERLAP), BATCH + OVERLAP)
      for (const row of rows) {
        if (row.seq <= this.#lastSeq && (this.#sent.has(row.seq) || this.#sent.size === 0)) continue
        const event = { seq: row.seq, event: row.event as EventName, roomId: row.roomId, at: row.createdAt }
        for (const { orgId, environment, send } of this.#listeners)
          if (orgId === row.orgId && environment === row.environment) send(event)
      }
      this.#sent = new Set(rows.map((row) => row.seq))
      this.#lastSeq = Math.max(this.#lastSeq, rows.at(-1)?.seq ?? 0)
    } catch (err) {
      this.#log.debug({ err }, 'events could not be read, trying again')
    } finally {
      this.#isReading = false
    }
  }

  close(): void {
    clearInterval(this.#timer)
    this.#timer = undefined
    this.#sent = new Set()
  }
}
