import type { Clock } from '../clock.ts'
import type { Db } from '../db/open.ts'
import type { Logger } from '../log.ts'
import { calendar, type CalendarEvent } from './ics.ts'
import { currentOrNext } from './recurrence.ts'
import {
  type AttendeeStatus,
  type MeetingMailTable,
  type ScheduledMeetingTable,
  setAttendeeStatus,
} from './store.ts'

/** Hands one mail to the mail server; rejects when it would not have it. */
export type Deliver = (mail: {
  to: string
  subject: string
  text: string
  replyTo?: string
  icalEvent?: { method: string; filename: string; content: string }
}) => Promise<void>

type MailRow = Omit<MeetingMailTable, 'seq'> & { seq: number }

const MINUTE_MS = 60_000
/** After these, one by one; then it is given up. */
const RETRIES_MS = [MINUTE_MS, 10 * MINUTE_MS, 60 * MINUTE_MS, 6 * 60 * MINUTE_MS, 24 * 60 * MINUTE_MS]
/** Longer than a mail server takes to answer: then whoever took it is gone, and another instance may. */
const CLAIM_MS = 5 * MINUTE_MS
const BATCH = 20

/**
 * Mail about scheduled meetings, and notices to admins. Written with the change that it tells of, sent afterwards until the mail server has
 * taken it, by any instance; without a mail server nothing is written.
 */
export class Invitations {
  readonly #db: Db
  readonly #clock: Clock
  readonly #log: Logger
  readonly #deliver: Deliver | null
  readonly #sender: string | null
  #sending: Promise<void> | null = null
  #isAskedAgain = false

  constructor(options: {
    db: Db
    clock: Clock
    log: Logger
    deliver: Deliver | null
    /** MAIL_FROM: `Parley <parley@example.com>` or an address alone. */
    sender: string | null
  }) {
    this.#db = options.db
    this.#clock = options.clock
    this.#log = options.log
    this.#deliver = options.deliver
    this.#sender = options.sender
  }

  get isOn(): boolean {
    return this.#deliver !== null
  }

  /** Writes a mail to each of these; give the transaction of the change, and call {@link flush} after it. */
  async queue(
    tx: Db,
    kind: 'invitation' | 'update' | 'cancellation',
    meeting: Omit<ScheduledMeetingTable, 'seq'>,
    attendees: { to: string[]; all: string[] },
  ): Promise<void> {
    if (!this.isOn || attendees.to.length === 0) return
    const now = this.#clock.now()
    const method = kind === 'cancellation' ? 'CANCEL' : 'REQUEST'
    const event = this.eventOf(meeting, attendees.all)
    await tx
      .insertInto('meetingMail')
      .values(
        attendees.to.map((email) => ({
          orgId: meeting.orgId,
          meetingId: meeting.id,
          email,
          method,
          subject: `${SUBJECTS[kind]}: ${oneLine(meeting.title)}`,
          text: textOf(kind, meeting, now),
          // Who is called off hears of themselves only (RFC 5546 3.2.5).
          ics:
            event === null
              ? null
              : calendar(
                  method,
                  [method === 'CANCEL' ? { ...event, attendees: [email], isCancelled: true } : event],
                  { now },
                ),
          replyTo: meeting.organizerEmail,
          attempts: 0,
          nextAttemptAt: now,
        })),
      )
      .execute()
  }

  /** Writes a mail that has no calendar's part, as {@link queue} does. `about` is an id of ours. */
  async queueNotice(
    tx: Db,
    notice: { orgId: string; about: string; to: string[]; subject: string; text: string },
  ): Promise<void> {
    if (!this.isOn || notice.to.length === 0) return
    const { orgId, about, subject, text } = notice
    const common = { orgId, meetingId: about, subject, text, ics: null, replyTo: null }
    const due = { method: 'NOTICE' as const, attempts: 0, nextAttemptAt: this.#clock.now() }
    await tx
      .insertInto('meetingMail')
      .values(notice.to.map((email) => ({ ...common, ...due, email })))
      .execute()
  }

  /** The meeting as a calendar keeps it; null without a start. */
  eventOf(meeting: Omit<ScheduledMeetingTable, 'seq'>, attendees: string[]): CalendarEvent | null {
    const { startAt, organizerEmail } = meeting
    if (startAt === null) return null
    const email = organizerEmail ?? addressOf(this.#sender)
    return {
      id: meeting.id,
      sequence: meeting.sequence,
      title: meeting.title,
      series: {
        startAt,
        durationMinutes: meeting.durationMinutes,
        timeZone: meeting.timeZone,
        recurrence: meeting.recurrence,
      },
      url: meeting.url,
      description: `Join the meeting: ${meeting.url}`,
      organizer: email === null ? null : { name: meeting.organizerName, email },
      attendees,
      isCancelled: false,
      createdAt: meeting.createdAt,
      updatedAt: meeting.updatedAt,
    }
  }

  /** Sends what is due; asked again while it does so, it looks once more. */
  flush(): Promise<void> {
    this.#isAskedAgain = true
    this.#sending ??= this.#run().finally(() => {
      this.#sending = null
    })
    return this.#sending
  }

  async #run(): Promise<void> {
    while (this.#isAskedAgain) {
      this.#isAskedAgain = false
      let rows: MailRow[]
      do {
        rows = await this.#due()
        for (const row of rows) if (await this.#claim(row)) await this.#send(row)
      } while (rows.length === BATCH)
    }
  }

  #due(): Promise<MailRow[]> {
    if (!this.isOn) return Promise.resolve([])
    return this.#db
      .selectFrom('meetingMail')
      .selectAll()
      .where('nextAttemptAt', '<=', this.#clock.now())
      .orderBy('seq')
      .limit(BATCH)
      .execute()
  }

  async #claim(row: MailRow): Promise<boolean> {
    const { numUpdatedRows } = await this.#db
      .updateTable('meetingMail')
      .set({ nextAttemptAt: this.#clock.now() + CLAIM_MS, attempts: row.attempts + 1 })
      .where('seq', '=', row.seq)
      .where('nextAttemptAt', '=', row.nextAttemptAt)
      .where('attempts', '=', row.attempts)
      .executeTakeFirstOrThrow()
    return numUpdatedRows === 1n
  }

  async #send(row: MailRow): Promise<void> {
    const { meetingId, email, subject, text, ics, method, replyTo } = row
    try {
      await this.#deliver?.({
        to: email,
        subject,
        text,
        ...(replyTo === null ? {} : { replyTo }),
        ...(ics === null ? {} : { icalEvent: { method, filename: 'invite.ics', content: ics } }),
      })
    } catch (err) {
      const waitMs = RETRIES_MS[row.attempts]
      if (waitMs !== undefined && !isRefusal(err)) {
        this.#log.warn({ err, meetingId }, 'a mail could not be sent, trying again')
        await this.#db
          .updateTable('meetingMail')
          .set({ nextAttemptAt: this.#clock.now() + waitMs })
          .where('seq', '=', row.seq)
          .execute()
        return
      }
      this.#log.error({ err, meetingId }, 'a mail could not be sent, given up')
      await this.#done(row, 'failed')
      return
    }
    await this.#done(row, 'invited')
  }

  async #done(row: MailRow, status: AttendeeStatus): Promise<void> {
    await this.#db.deleteFrom('meetingMail').where('seq', '=', row.seq).execute()
    if (row.method === 'REQUEST') await setAttendeeStatus(this.#db, row.meetingId, row.email, status)
  }

  /** Waits for what is under way. */
  async close(): Promise<void> {
    this.#isAskedAgain = false
    await this.#sending
  }
}

/** A permanent answer (RFC 5321 4.2.1): the address does not exist, or is refused. */
const isRefusal = (err: unknown): boolean => {
  const { responseCode } = err as { responseCode?: number }
  return responseCode !== undefined && responseCode >= 500
}

const SUBJECTS = { invitation: 'Invitation', update: 'Updated', cancellation: 'Cancelled' }
const INTROS = {
  invitation: 'invites you to a meeting',
  update: 'changed a meeting that you are invited to',
  cancellation: 'called off a meeting that you were invited to',
}

/** A line break in a name must not begin a header or a line of its own. */
const oneLine = (text: string): string => text.replace(/\s+/g, ' ').trim()

const addressOf = (sender: string | null): string | null =>
  sender?.match(/<([^<>\s]+@[^<>\s]+)>/)?.[1] ?? sender?.match(/^\S+@\S+$/)?.[0] ?? null

function textOf(kind: keyof typeof INTROS, meeting: Omit<ScheduledMeetingTable, 'seq'>, now: number): string {
  return [
    `${oneLine(meeting.organizerName)} ${INTROS[kind]}:`,
    '',
    oneLine(meeting.title),
    ...whenOf(meeting, now),
    '',
    ...(kind === 'cancellation' ? [] : ['Join in the browser:', meeting.url, '']),
  ].join('\n')
}

function whenOf(meeting: Omit<ScheduledMeetingTable, 'seq'>, now: number): string[] {
  const { startAt, durationMinutes, timeZone, recurrence } = meeting
  if (startAt === null) return []
  const at = currentOrNext({ startAt, durationMinutes, timeZone, recurrence }, now) ?? startAt
  const format = new Intl.DateTimeFormat('en-GB', {
    weekday: 'long',
    day: 'numeric',
    month: 'long',
    year: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    timeZone,
  })
  return [
    `${format.format(at)} (${timeZone}), ${durationMinutes} minutes`,
    ...(recurrence === null ? [] : [`Repeats: ${repeatText(recurrence)}`]),
  ]
}

const UNITS = { DAILY: 'day', WEEKLY: 'week', MONTHLY: 'month', YEARLY: 'year' }

/** The gist of a rule; calendars show the whole of it. */
function repeatText(rule: string): string {
  const parts = new Map(rule.split(';').map((part) => part.split('=') as [string, string]))
  const unit = UNITS[parts.get('FREQ') as keyof typeof UNITS]
  const interval = Number(parts.get('INTERVAL') ?? 1)
  const count = parts.get('COUNT')
  const until = parts.get('UNTIL')
  return [
    interval === 1 ? `every ${unit}` : `every ${interval} ${unit}s`,
    ...(count === undefined ? [] : [`${count} times`]),
    ...(until === undefined ? [] : [`until ${until.replace(/^(....)(..)(..).*$/, '$1-$2-$3')}`]),
  ].join(', ')
}
