import { randomBytes } from 'node:crypto'
import type { Clock } from './clock.ts'
import type { Db } from './db/open.ts'
import type { Logger } from './log.ts'

export interface LeaseTable {
  name: string
  holder: string
  /** Until when `holder` works at it; 0 = nobody does. */
  expiresAt: number
  lastRunAt: number
}

/** Work that is done now and then, by one of all instances. */
export interface Job {
  name: string
  everyMs: number
  run: () => Promise<unknown>
}

export interface JobReport {
  name: string
  lastRunAt: number
  runs: number
  failures: number
}

const LOOK_MS = 5000
/** No job takes this long: whoever holds the lease is gone. */
const LEASE_MS = 5 * 60_000

/**
 * Runs each job once in its interval among all instances on the same database, by a lease in it. When a run was
 * due is kept there too, so that downtime is caught up at the next start.
 */
export class Jobs {
  readonly #db: Db
  readonly #clock: Clock
  readonly #log: Logger
  readonly #holder = randomBytes(9).toString('base64url')
  readonly #jobs: Job[]
  readonly #reports: Map<string, JobReport>
  #timer: NodeJS.Timeout | undefined
  #running: Promise<void> | null = null

  constructor(options: { db: Db; clock: Clock; log: Logger; jobs: Job[] }) {
    this.#db = options.db
    this.#clock = options.clock
    this.#log = options.log
    this.#jobs = options.jobs
    this.#reports = new Map(
      options.jobs.map(({ name }) => [name, { name, lastRunAt: 0, runs: 0, failures: 0 }]),
    )
  }

  start(): void {
    this.#timer = setInterval(() => void this.look(), LOOK_MS).unref()
    void this.look()
  }

  /** What this instance has run. */
  get reports(): JobReport[] {
    return [...this.#reports.values()]
  }

  /** Runs what is due and nobody else runs; resolves when it is done. */
  look(): Promise<void> {
    this.#running ??= this.#look().finally(() => {
      this.#running = null
    })
    return this.#running
  }

  async #look(): Promise<void> {
    for (const job of this.#jobs) {
      const report = this.#reports.get(job.name)
      try {
        if (!(await this.#take(job))) continue
        await job.run()
        if (report !== undefined) report.runs += 1
      } catch (err) {
        if (report !== undefined) report.failures += 1
        this.#log.warn({ err, job: job.name }, 'a job failed, it is run again in its next interval')
      }
      const now = this.#clock.now()
      if (report !== undefined) report.lastRunAt = now
      await this.#db
        .updateTable('lease')
        .set({ expiresAt: 0, lastRunAt: now })
        .where('name', '=', job.name)
        .where('holder', '=', this.#holder)
        .execute()
        .catch((err: unknown) => this.#log.debug({ err }, 'a lease was not given back, it ends by itself'))
    }
  }

  /** Takes the lease when the job is due and free; one statement, so only one instance gets it. */
  async #take({ name, everyMs }: Job): Promise<boolean> {
    const now = this.#clock.now()
    const taken = { holder: this.#holder, expiresAt: now + LEASE_MS }
    await this.#db
      .insertInto('lease')
      .values({ name, holder: '', expiresAt: 0, lastRunAt: 0 })
      .onConflict((conflict) => conflict.column('name').doNothing())
      .execute()
    const { numUpdatedRows } = await this.#db
      .updateTable('lease')
      .set(taken)
      .where('name', '=', name)
      .where('expiresAt', '<=', now)
      .where('lastRunAt', '<=', now - everyMs)
      .executeTakeFirstOrThrow()
    return numUpdatedRows === 1n
  }

  async close(): Promise<void> {
    clearInterval(this.#timer)
    await this.#running
  }
}
