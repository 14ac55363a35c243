import type { Clock } from '../clock.ts'
import type { Database, Db } from '../db/open.ts'
import type { LiveKit } from '../livekit/client.ts'

/** How long a meeting in a test room goes on after its first join. */
const SANDBOX_MS = 60_000

/** Meetings in test rooms: their minute, which is over by the wall clock or by this process' own. */
export class Sandboxes {
  readonly #db: Db
  readonly #clock: Clock
  readonly #livekit: LiveKit
  /** By a clock that never jumps, as well: id -> performance.now(). */
  readonly #ends = new Map<string, number>()

  constructor({ database, clock, livekit }: { database: Database; clock: Clock; livekit: LiveKit }) {
    this.#db = database.db
    this.#clock = clock
    this.#livekit = livekit
  }

  /** The first join of a meeting in a test room starts its minute; everybody who joins is told what is left. */
  async begin(roomId: string, livekitSid: string): Promise<void> {
    const now = this.#clock.now()
    await this.#db
      .updateTable('meeting')
      .set({ endsAt: now + SANDBOX_MS })
      .where('livekitSid', '=', livekitSid)
      .where('environment', '=', 'test')
      .where('endsAt', 'is', null)
      .execute()
    const meeting = await this.#db
      .selectFrom('meeting')
      .select(['id', 'endsAt'])
      .where('livekitSid', '=', livekitSid)
      .where('endedAt', 'is', null)
      .executeTakeFirst()
    if (meeting === undefined || meeting.endsAt === null) return
    const remainingMs = Math.max(0, meeting.endsAt - now)
    if (!this.#ends.has(meeting.id)) this.#ends.set(meeting.id, performance.now() + remainingMs)
    await this.#livekit.tell(roomId, { type: 'meeting.sandbox', endsAt: meeting.endsAt, remainingMs })
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
