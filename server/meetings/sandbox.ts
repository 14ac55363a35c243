import type { Clock } from '../clock.ts'
import type { Database, Db } from '../db/open.ts'
import { findRunningMeeting } from './store.ts'

/** How long a meeting in a test room goes on after its first join. */
const SANDBOX_MS = 60_000

/** Meetings in test rooms: their minute, which is over by the wall clock or by this process' own. */
export class Sandboxes {
  readonly #db: Db
  readonly #clock: Clock
  /** By a clock that never jumps, as well: id -> performance.now(). */
  readonly #ends = new Map<string, number>()

  constructor({ database, clock }: { database: Database; clock: Clock }) {
    this.#db = database.db
    this.#clock = clock
  }

  /** The first join of a meeting in a test room starts its minute, in the join's own transaction; others change nothing. */
  async begin(tx: Db, livekitSid: string): Promise<void> {
    await tx
      .updateTable('meeting')
      .set({ endsAt: this.#clock.now() + SANDBOX_MS })
      .where('livekitSid', '=', livekitSid)
      .where('environment', '=', 'test')
      .where('endsAt', 'is', null)
      .execute()
  }

  /** What is left of the minute of the meeting that runs in a room, in ms; null for one without such an end. */
  async remainingMs(roomId: string): Promise<number | null> {
    const meeting = await findRunningMeeting(this.#db, roomId)
    if (meeting === undefined || meeting.endsAt === null) return null
    const now = performance.now()
    const byWallMs = meeting.endsAt - this.#clock.now()
    const end = this.#ends.get(meeting.id) ?? now + byWallMs
    this.#ends.set(meeting.id, end)
    return Math.max(0, Math.round(Math.min(byWallMs, end - now)))
  }

  /** Rooms whose meeting's minute is over by either clock: a wall clock set back does not prolong it. */
  async over(): Promise<string[]> {
    const now = this.#clock.now()
    const meetings = await this.#db
      .selectFrom('meeting')
      .select(['id', 'roomId', 'endsAt'])
      .where('endsAt', 'is not', null)
      .where('endedAt', 'is', null)
      .execute()
    const running = new Set(meetings.map(({ id }) => id))
    for (const id of this.#ends.keys()) if (!running.has(id)) this.#ends.delete(id)
    return meetings
      .filter(
        ({ id, endsAt }) => (endsAt ?? 0) <= now || (this.#ends.get(id) ?? Infinity) <= performance.now(),
      )
      .map(({ roomId }) => roomId)
  }
}
