import { Invalid } from '../errors.ts'
import { endOf, instantOf, normalizeRule, occurrences, type Series, timeZoneOf } from './recurrence.ts'
import type { ChangeMeeting, ScheduleMeeting } from './schema.ts'
import type { ScheduledMeetingTable } from './store.ts'

/** When people meet, as it is kept. */
export type Times = Pick<
  ScheduledMeetingTable,
  'startAt' | 'durationMinutes' | 'timeZone' | 'recurrence' | 'endsAt'
>

/** Null without a fixed time. */
export const seriesOf = (row: Times): Series | null =>
  row.startAt === null
    ? null
    : {
        startAt: row.startAt,
        durationMinutes: row.durationMinutes,
        timeZone: row.timeZone,
        recurrence: row.recurrence,
      }

/** Starts that overlap a span, the first `limit` of them. */
export function startsOf(row: Times, from: number, to: number, limit: number): number[] {
  const series = seriesOf(row)
  return series === null ? [] : occurrences(series, from, to, limit)
}

type WantedTimes = Pick<ScheduleMeeting, 'start' | 'durationMinutes' | 'timeZone' | 'recurrence'>

/** Throws Invalid, naming the field. */
export function timesOf({ start, durationMinutes, timeZone: zone, recurrence: rule }: WantedTimes): Times {
  const timeZone = timeZoneOf(zone) ?? 'UTC'
  const startAt = start === null ? null : instantOf(start, timeZone)
  return completed({ startAt, durationMinutes, timeZone, recurrence: rule })
}

function completed(times: Omit<Times, 'endsAt'>): Times {
  const { startAt } = times
  if (startAt === null) {
    if (times.recurrence !== null)
      throw new Invalid([{ field: 'recurrence', message: 'A meeting that recurs needs a start' }])
    return { ...times, endsAt: null }
  }
  const series = { ...times, startAt }
  const { recurrence } = series
  let rule: string | null = null
  try {
    rule = recurrence === null ? null : normalizeRule(recurrence, series)
  } catch (err) {
    throw new Invalid([{ field: 'recurrence', message: (err as Error).message }])
  }
  return { ...series, recurrence: rule, endsAt: endOf({ ...series, recurrence: rule }) }
}

/** Throws Invalid as {@link timesOf} does. */
export function changedTimes(old: Times, change: ChangeMeeting): Times {
  const timeZone = (change.timeZone === undefined ? null : timeZoneOf(change.timeZone)) ?? old.timeZone
  return completed({
    startAt:
      change.start === undefined
        ? old.startAt
        : change.start === null
          ? null
          : instantOf(change.start, timeZone),
    durationMinutes: change.durationMinutes ?? old.durationMinutes,
    timeZone,
    recurrence: change.recurrence === undefined ? old.recurrence : change.recurrence,
  })
}
