import type { Clock } from '../clock.ts'
import type { Db } from '../db/open.ts'
import { occurrenceAt } from './recurrence.ts'
import type { ReportView } from './schema.ts'
import type { MeetingRow } from './store.ts'
import { seriesOf } from './times.ts'
import { iso } from './view.ts'

/** Who comes this early counts to the start that follows. */
const LEAD_MS = 60 * 60_000
const MAX_HELD = 1000
const MAX_OCCURRENCES = 100

interface Held {
  id: string
  startedAt: number
  endedAt: number | null
  /** The start of the series that it belongs to; null without a fixed time. */
  occurrence: number | null
}

type Report = Omit<ReportView, 'meeting'>

/** What came of one start of a meeting; `occurrence` in ms UTC, by default the one held last. */
export async function reportOf(
  db: Db,
  clock: Clock,
  meeting: MeetingRow,
  occurrence: number | undefined,
): Promise<Report> {
  const { roomId } = meeting
  const series = seriesOf(meeting)
  const rows = await db
    .selectFrom('meeting')
    .select(['id', 'startedAt', 'endedAt'])
    .where('roomId', '=', roomId ?? '')
    .orderBy('startedAt', 'desc')
    .limit(MAX_HELD)
    .execute()
  const held: Held[] = rows.map((row) => ({
    ...row,
    occurrence: series === null ? null : occurrenceAt(series, row.startedAt, LEAD_MS),
  }))
  const starts = [...new Set(held.map((one) => one.occurrence))]
  const wanted = series === null ? null : (occurrence ?? starts[0] ?? series.startAt)
  // Times are told with less precision than rows have.
  const chosen = held.filter(
    (one) => one.occurrence === null || Math.abs(one.occurrence - (wanted ?? 0)) < 60_000,
  )
  const ids = chosen.map(({ id }) => id)
  const startedAt = chosen.length === 0 ? null : Math.min(...chosen.map((one) => one.startedAt))
  const isRunning = chosen.some((one) => one.endedAt === null)
  const endedAt =
    chosen.length === 0 || isRunning ? null : Math.max(...chosen.map((one) => one.endedAt ?? one.startedAt))
  return {
    occurrence: wanted === null ? null : iso(wanted),
    startedAt: startedAt === null ? null : iso(startedAt),
    endedAt: endedAt === null ? null : iso(endedAt),
    participants: await participantsOf(db, ids, clock.now()),
    messages: await messagesOf(db, roomId ?? '', ids),
    recordings: startedAt === null ? [] : await recordingsOf(db, meeting, startedAt, endedAt ?? clock.now()),
    occurrences: starts
      .filter((start): start is number => start !== null)
      .slice(0, MAX_OCCURRENCES)
      .map(iso),
  }
}

async function participantsOf(db: Db, ids: string[], now: number): Promise<Report['participants']> {
  if (ids.length === 0) return []
  const attendance = await db
    .selectFrom('attendance')
    .select(['identity', 'name', 'joinedAt', 'leftAt'])
    .where('meetingId', 'in', ids)
    .orderBy('joinedAt')
    .orderBy('seq')
    .execute()
  const talk = await db
    .selectFrom('talkTime')
    .select((eb) => ['identity', eb.fn.sum<number | string>('talkMs').as('talkMs')])
    .where('meetingId', 'in', ids)
    .groupBy('identity')
    .execute()
  const talkMs = new Map(talk.map((row) => [row.identity, Number(row.talkMs)]))
  const people = new Map<string, typeof attendance>()
  for (const row of attendance) people.set(row.identity, [...(people.get(row.identity) ?? []), row])
  return [...people].map(([identity, joins]) => {
    const presentMs = joins.reduce((sum, { joinedAt, leftAt }) => sum + (leftAt ?? now) - joinedAt, 0)
    const heardMs = talkMs.get(identity)
    return {
      name: joins[0]?.name ?? identity,
      identity,
      joins: joins.map(({ joinedAt, leftAt }) => ({
        from: iso(joinedAt),
        to: leftAt === null ? null : iso(leftAt),
      })),
      minutes: Math.round(Math.max(0, presentMs) / 6000) / 10,
      talkSeconds: heardMs === undefined ? null : Math.round(heardMs / 1000),
    }
  })
}

async function messagesOf(db: Db, roomId: string, ids: string[]): Promise<number | null> {
  const room = await db.selectFrom('room').select('settings').where('roomId', '=', roomId).executeTakeFirst()
  const { chatHistory } = JSON.parse(room?.settings ?? '{}') as { chatHistory?: string }
  if (chatHistory === 'none') return null
  if (ids.length === 0) return 0
  const { total } = await db
    .selectFrom('chatMessage')
    .select((eb) => eb.fn.countAll<number>().as('total'))
    .where('roomId', '=', roomId)
    .where('meetingId', 'in', ids)
    .executeTakeFirstOrThrow()
  return total
}

async function recordingsOf(
  db: Db,
  meeting: MeetingRow,
  from: number,
  to: number,
): Promise<Report['recordings']> {
  const rows = await db
    .selectFrom('recording')
    .select(['recordingId', 'status', 'startedAt', 'durationMs', 'sizeBytes'])
    .where('orgId', '=', meeting.orgId)
    .where('roomId', '=', meeting.roomId ?? '')
    .where('startedAt', '>=', from)
    .where('startedAt', '<=', to)
    .orderBy('startedAt')
    .execute()
  return rows.map(({ recordingId, status, startedAt, durationMs, sizeBytes }) => ({
    recordingId,
    status,
    startedAt: iso(startedAt),
    durationSeconds: durationMs === null ? null : Math.round(durationMs / 1000),
    sizeBytes,
  }))
}

/** One line for each join, as a spreadsheet reads it (RFC 4180). */
export function reportCsv({ meeting, participants }: ReportView): string {
  const lines = [
    ['meeting', 'name', 'identity', 'from', 'to', 'minutes', 'talkSeconds'],
    ...participants.flatMap(({ name, identity, joins, minutes, talkSeconds }) =>
      joins.map(({ from, to }) => [
        meeting.title,
        name,
        identity,
        from,
        to ?? '',
        String(minutes),
        talkSeconds === null ? '' : String(talkSeconds),
      ]),
    ),
  ]
  return lines.map((line) => `${line.map(csvField).join(',')}\r\n`).join('')
}

/** Names come from guests: a spreadsheet must not take one for a formula. */
function csvField(value: string): string {
  const safe = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}
