import { currentOrNext } from './recurrence.ts'
import type { ScheduledMeetingView } from './schema.ts'
import type { MeetingRow, MeetingStatus, ScheduledAttendeeTable } from './store.ts'
import { seriesOf } from './times.ts'

export const iso = (at: number): string => new Date(at).toISOString()
export const meetingUrl = (baseUrl: string, code: string): string => `${baseUrl}/meeting/${code}`

function statusOf(row: MeetingRow, now: number): MeetingStatus {
  if (row.roomStatus === 'active_meeting') return 'active'
  if (row.startAt === null) return Number(row.wasHeld) === 1 ? 'ended' : 'scheduled'
  return row.endsAt !== null && row.endsAt <= now ? 'ended' : 'scheduled'
}

/** A meeting as clients get it. */
export function viewMeeting(
  row: MeetingRow,
  attendees: ScheduledAttendeeTable[],
  baseUrl: string,
  now: number,
): ScheduledMeetingView {
  const series = seriesOf(row)
  const next = series === null ? null : currentOrNext(series, now)
  return {
    id: row.id,
    title: row.title,
    start: row.startAt === null ? null : iso(row.startAt),
    durationMinutes: row.durationMinutes,
    timeZone: row.timeZone,
    recurrence: row.recurrence,
    nextStart: next === null ? null : iso(next),
    attendees: attendees.map(({ email, status }) => ({ email, status })),
    organizer: row.organizerName,
    code: row.code,
    url: meetingUrl(baseUrl, row.code),
    roomId: row.roomId ?? '',
    status: statusOf(row, now),
    createdAt: iso(row.createdAt),
  }
}
