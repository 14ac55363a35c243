import { createHmac, timingSafeEqual } from 'node:crypto'
import type { Clock } from '../clock.ts'
import { type Config, ownUrl } from '../config.ts'
import type { Db } from '../db/open.ts'
import type { SessionCaller } from '../http/caller.ts'
import { randomLower } from '../ids.ts'
import { calendar } from './ics.ts'
import type { Invitations } from './invitations.ts'
import type { ScheduledMeetings } from './scheduled.ts'
import { listAttendees } from './store.ts'

const DAY_MS = 24 * 3_600_000
const PAST_MS = 90 * DAY_MS
const FUTURE_MS = 400 * DAY_MS

/**
 * Calendar feeds: an address for each user in each organization, which calendar programs fetch now and then. Its secret
 * part is made from a key of this deployment and a number in the row; a reset makes the next number.
 */
export class CalendarFeeds {
  readonly #db: Db
  readonly #config: Config
  readonly #clock: Clock
  readonly #secret: string
  readonly #scheduled: ScheduledMeetings
  readonly #invitations: Invitations

  constructor(options: {
    db: Db
    config: Config
    clock: Clock
    secret: string
    scheduled: ScheduledMeetings
    invitations: Invitations
  }) {
    this.#db = options.db
    this.#config = options.config
    this.#clock = options.clock
    this.#secret = options.secret
    this.#scheduled = options.scheduled
    this.#invitations = options.invitations
  }

  /** The caller's feed as `<name>.ics`, made when first asked for. */
  async nameFor({ userId, orgId }: SessionCaller): Promise<string> {
    await this.#db
      .insertInto('calendarFeed')
      .values({ id: randomLower(20), userId, orgId, generation: 1 })
      .onConflict((conflict) => conflict.columns(['userId', 'orgId']).doNothing())
      .execute()
    const row = await this.#db
      .selectFrom('calendarFeed')
      .selectAll()
      .where('userId', '=', userId)
      .where('orgId', '=', orgId)
      .executeTakeFirstOrThrow()
    return `${row.id}-${this.#sign(row)}.ics`
  }

  /** A new address; the old one answers 404 from now on. */
  async reset(caller: SessionCaller): Promise<string> {
    await this.nameFor(caller)
    await this.#db
      .updateTable('calendarFeed')
      .set((eb) => ({ generation: eb('generation', '+', 1) }))
      .where('userId', '=', caller.userId)
      .where('orgId', '=', caller.orgId)
      .execute()
    return this.nameFor(caller)
  }

  #sign({ id, generation }: { id: string; generation: number }): string {
    return createHmac('sha256', this.#secret).update(`${id} ${generation}`).digest('hex').slice(0, 40)
  }

  /** The live meetings of the user whose feed this is, as iCalendar; null for no feed, or of somebody who has left. */
  async read(name: string): Promise<string | null> {
    const [, id, signature] = name.match(/^([a-z0-9]{20})-([0-9a-f]{40})\.ics$/) ?? []
    if (id === undefined || signature === undefined) return null
    const row = await this.#db
      .selectFrom('calendarFeed')
      .innerJoin('organizationMember', (join) =>
        join
          .onRef('organizationMember.orgId', '=', 'calendarFeed.orgId')
          .onRef('organizationMember.userId', '=', 'calendarFeed.userId'),
      )
      .innerJoin('user', 'user.id', 'calendarFeed.userId')
      .selectAll('calendarFeed')
      .select('user.username')
      .where('calendarFeed.id', '=', id)
      .executeTakeFirst()
    if (row === undefined || !timingSafeEqual(Buffer.from(this.#sign(row)), Buffer.from(signature)))
      return null
    const user = {
      orgId: row.orgId,
      environment: 'live',
      userId: row.userId,
      username: row.username ?? row.userId,
    } as const
    const now = this.#clock.now()
    const rows = await this.#scheduled.ownBetween(user, now - PAST_MS, now + FUTURE_MS)
    const attendees = await listAttendees(
      this.#db,
      rows.map((meeting) => meeting.id),
    )
    const events = rows.flatMap((meeting) => {
      const event = this.#invitations.eventOf(
        { ...meeting, url: `${ownUrl(this.#config)}/meeting/${meeting.code}` },
        attendees.filter(({ meetingId }) => meetingId === meeting.id).map(({ email }) => email),
      )
      return event === null ? [] : [event]
    })
    return calendar('PUBLISH', events, { now, name: 'Parley' })
  }
}
