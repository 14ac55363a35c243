import { describe, expect, it } from 'vitest'
import {
  currentOrNext,
  endOf,
  instantOf,
  normalizeRule,
  occurrenceAt,
  occurrences,
  type Series,
  timeZoneOf,
} from './recurrence.ts'

const at = (text: string) => Date.parse(text)
const iso = (times: (number | null)[]) =>
  times.map((time) => (time === null ? null : new Date(time).toISOString()))
const series = (start: string, timeZone: string, recurrence: string | null = null): Series => {
  const startAt = instantOf(start, timeZone)
  if (startAt === null) throw new Error(`${start} is no time`)
  return { startAt, durationMinutes: 60, timeZone, recurrence }
}

describe('a time', () => {
  it.each([
    ['2026-03-01T09:00:00Z', 'Europe/Berlin', '2026-03-01T09:00:00.000Z'],
    ['2026-03-01T09:00:00+02:00', 'Europe/Berlin', '2026-03-01T07:00:00.000Z'],
    ['2026-03-01T09:00:00', 'Europe/Berlin', '2026-03-01T08:00:00.000Z'],
    ['2026-07-01T09:00', 'Europe/Berlin', '2026-07-01T07:00:00.000Z'],
    // Skipped by the clocks, and there twice.
    ['2026-03-29T02:30:00', 'Europe/Berlin', '2026-03-29T01:30:00.000Z'],
    ['2026-10-25T02:30:00', 'Europe/Berlin', '2026-10-25T00:30:00.000Z'],
    ['2026-07-01T09:00:00', 'Asia/Kolkata', '2026-07-01T03:30:00.000Z'],
  ])('%s in %s is %s', (text, zone, wanted) => {
    expect(iso([instantOf(text, zone)])).toEqual([wanted])
  })

  it.each([
    '+010000-01-01T00:00:00Z',
    '-000001-01-01T00:00:00Z',
    'tomorrow',
    '2026-03-01',
    '2026-13-01T09:00:00Z',
    '2026-02-30T09:00:00',
    '1772355600000',
    '',
  ])('is not %j', (text) => expect(instantOf(text, 'UTC')).toBeNull())

  it.each([
    ['europe/berlin', 'Europe/Berlin'],
    ['utc', 'UTC'],
    ['EST5EDT', 'EST5EDT'],
    ['Etc/GMT+5', 'Etc/GMT+5'],
    ['Asia/Kolkata', 'Asia/Kolkata'],
    ['America/Argentina/Buenos_Aires', 'America/Argentina/Buenos_Aires'],
    ['+02:00', null],
    ['Europe/Nowhere', null],
    ['Europe/Berlin\r\nX:1', null],
  ])('zone %j is %j', (text, wanted) => expect(timeZoneOf(text)).toBe(wanted))
})

describe('a series', () => {
  it('keeps its time of day over both changes of the clocks', () => {
    const weekly = series('2026-03-20T09:00:00', 'Europe/Berlin', 'FREQ=WEEKLY')
    expect(iso(occurrences(weekly, weekly.startAt, at('2026-04-04T00:00:00Z'), 10))).toEqual([
      '2026-03-20T08:00:00.000Z',
      '2026-03-27T08:00:00.000Z',
      '2026-04-03T07:00:00.000Z',
    ])
    expect(iso([currentOrNext(weekly, at('2026-10-25T00:00:00Z'))])).toEqual(['2026-10-30T08:00:00.000Z'])
    const southern = series('2026-04-03T09:00:00', 'Australia/Sydney', 'FREQ=WEEKLY;COUNT=2')
    expect(iso(occurrences(southern, 0, Infinity, 10))).toEqual([
      '2026-04-02T22:00:00.000Z',
      '2026-04-09T23:00:00.000Z',
    ])
  })

  it('has what overlaps a span, runs until its end, and knows when the last one is over', () => {
    const daily = series('2026-03-01T23:30:00', 'UTC', 'FREQ=DAILY;COUNT=3')
    const midnight = at('2026-03-02T00:00:00Z')
    expect(iso(occurrences(daily, midnight, midnight + 1, 10))).toEqual(['2026-03-01T23:30:00.000Z'])
    expect(iso([currentOrNext(daily, midnight), currentOrNext(daily, at('2026-03-02T00:30:00Z'))])).toEqual([
      '2026-03-01T23:30:00.000Z',
      '2026-03-02T23:30:00.000Z',
    ])
    expect(iso([endOf(daily), currentOrNext(daily, at('2026-03-04T00:30:00Z'))])).toEqual([
      '2026-03-04T00:30:00.000Z',
      null,
    ])
    expect(endOf(series('2026-03-01T09:00:00', 'UTC', 'FREQ=DAILY'))).toBeNull()
    expect(iso([endOf(series('2026-03-01T09:00:00', 'UTC'))])).toEqual(['2026-03-01T10:00:00.000Z'])
  })

  it('takes early birds for the next one', () => {
    const daily = series('2026-03-01T09:00:00', 'UTC', 'FREQ=DAILY')
    const of = (text: string) => iso([occurrenceAt(daily, at(text), 30 * 60_000)])[0]
    expect(of('2026-02-01T00:00:00Z')).toBe('2026-03-01T09:00:00.000Z')
    expect(of('2026-03-02T08:29:00Z')).toBe('2026-03-01T09:00:00.000Z')
    expect(of('2026-03-02T08:31:00Z')).toBe('2026-03-02T09:00:00.000Z')
  })

  it('twenty years on is found in a moment', () => {
    const daily = series('2026-03-01T09:00:00', 'Europe/Berlin', 'FREQ=DAILY')
    const from = at('2046-06-01T00:00:00Z')
    const startedAt = performance.now()
    expect(occurrences(daily, from, from + 7 * 86_400_000, 100)).toHaveLength(7)
    expect(performance.now() - startedAt).toBeLessThan(1000)
  })
})

describe('a rule', () => {
  const start = { startAt: at('2026-03-20T08:00:00Z'), durationMinutes: 60, timeZone: 'Europe/Berlin' }
  it.each([
    ['RRULE:freq=weekly', 'FREQ=WEEKLY'],
    ['FREQ=WEEKLY;BYDAY=FR;COUNT=4', 'FREQ=WEEKLY;BYDAY=FR;COUNT=4'],
    ['FREQ=MONTHLY;BYDAY=3FR;', 'FREQ=MONTHLY;BYDAY=3FR'],
    ['FREQ=DAILY;UNTIL=20260430', 'FREQ=DAILY;UNTIL=20260430T215959Z'],
    ['FREQ=DAILY;UNTIL=20260430T100000', 'FREQ=DAILY;UNTIL=20260430T080000Z'],
    ['FREQ=DAILY;UNTIL=20260430T100000Z', 'FREQ=DAILY;UNTIL=20260430T100000Z'],
  ])('%s becomes %s', (text, wanted) => expect(normalizeRule(text, start)).toBe(wanted))

  it.each([
    ['every friday', /not supported/],
    ['FREQ=HOURLY', /FREQ/],
    ['FREQ=SECONDLY;COUNT=2', /FREQ/],
    ['COUNT=2', /FREQ/],
    ['FREQ=DAILY;BYHOUR=1', /not supported/],
    ['FREQ=DAILY;COUNT=2;UNTIL=20260430', /not both/],
    ['FREQ=DAILY;COUNT=0', /COUNT/],
    ['FREQ=DAILY;COUNT=100000', /COUNT/],
    ['FREQ=DAILY;FREQ=WEEKLY', /twice/],
    ['FREQ=DAILY;UNTIL=20261399', /UNTIL/],
    ['FREQ=DAILY;UNTIL=20250101', /start/],
    ['FREQ=WEEKLY;BYDAY=MO', /start has to be one of the days/],
    ['FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30', /recurrence rule/],
    ['FREQ=WEEKLY;BYDAY=XX', /./],
    ['FREQ=DAILY;INTERVAL=0', /./],
    ['FREQ=DAILY\r\nATTENDEE:x', /./],
    // What is taken stands in the calendars of other people.
    ['FREQ=DAILY;INTERVAL=1\r\nATTENDEE:x', /INTERVAL/],
    ['FREQ=MONTHLY;BYMONTHDAY=1\r\nURL:x', /BYMONTHDAY/],
    ['FREQ=DAILY;INTERVAL=abc', /INTERVAL/],
    ['FREQ=DAILY;INTERVAL=1.5', /INTERVAL/],
    ['FREQ=DAILY;INTERVAL=99999999999999', /INTERVAL/],
    ['FREQ=DAILY;COUNT=1.5', /COUNT/],
    ['FREQ=WEEKLY;BYDAY=FR,', /BYDAY/],
    ['FREQ=WEEKLY;BYDAY=FR=1', /BYDAY/],
    ['FREQ=WEEKLY;BYDAY=1FR', /BYDAY/],
    ['FREQ=MONTHLY;BYDAY=0FR', /BYDAY/],
    ['FREQ=YEARLY;BYMONTH=13', /BYMONTH/],
    ['FREQ=MONTHLY;BYMONTHDAY=32', /BYMONTHDAY/],
    ['FREQ=MONTHLY;BYMONTHDAY=0', /BYMONTHDAY/],
    ['FREQ=WEEKLY;BYMONTHDAY=20', /BYMONTHDAY/],
    ['FREQ=DAILY;constructor=1', /not supported/],
  ])('%j is refused', (text, message) => expect(() => normalizeRule(text, start)).toThrow(message))
})
