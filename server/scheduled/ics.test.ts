import ICAL from 'ical.js'
import { describe, expect, it } from 'vitest'
import { calendar, type CalendarEvent } from './ics.ts'
import { occurrences, type Series } from './recurrence.ts'

const event = (series: Series, over: Partial<CalendarEvent> = {}): CalendarEvent => ({
  id: 'meeting_x',
  sequence: 2,
  title: 'Weekly',
  series,
  url: 'https://meet.example.com/meeting/abc-def-ghj',
  description: 'Join',
  organizer: { name: 'Ana', email: 'ana@example.com' },
  attendees: ['b@example.com'],
  isCancelled: false,
  createdAt: 0,
  updatedAt: 0,
  ...over,
})
const NOW = Date.parse('2026-03-01T00:00:00Z')

/** Reads it as Thunderbird does: zones from the file itself. */
function read(ics: string) {
  ICAL.TimezoneService.reset()
  const root = new ICAL.Component(ICAL.parse(ics))
  for (const zone of root.getAllSubcomponents('vtimezone')) ICAL.TimezoneService.register(zone)
  return { root, events: root.getAllSubcomponents('vevent').map((one) => new ICAL.Event(one)) }
}

describe('a calendar', () => {
  it.each([
    ['Europe/Berlin', '2026-03-20T08:00:00Z'],
    ['America/New_York', '2026-03-01T14:00:00Z'],
    ['Australia/Lord_Howe', '2026-03-20T22:00:00Z'],
    ['America/Sao_Paulo', '2026-03-20T12:00:00Z'],
    ['Asia/Kolkata', '2026-03-20T03:30:00Z'],
    ['Africa/Casablanca', '2026-01-20T09:00:00Z'],
    ['UTC', '2026-03-20T08:00:00Z'],
  ])('in %s tells a calendar program the same times, over changes of the clocks', (timeZone, start) => {
    const series = { startAt: Date.parse(start), durationMinutes: 45, timeZone, recurrence: 'FREQ=WEEKLY' }
    const { events } = read(calendar('REQUEST', [event(series)], { now: NOW }))
    const iterator = events[0]?.iterator()
    const seen = Array.from({ length: 60 }, () => iterator?.next()?.toJSDate().getTime())
    expect(seen).toEqual(occurrences(series, series.startAt, Infinity, 60))
    expect(events[0]?.duration.toSeconds()).toBe(45 * 60)
  })

  it('keeps every character of its texts, and lets none of them begin a line of its own', () => {
    const title = 'Straße; "quoted", back\\slash\r\nATTENDEE:mailto:evil@example.com 🎉'.repeat(3)
    const series = { startAt: NOW, durationMinutes: 60, timeZone: 'UTC', recurrence: null }
    const name = 'Ana "A" \r\nX-EVIL:1'
    const ics = calendar('REQUEST', [event(series, { title, organizer: { name, email: 'a@example.com' } })], {
      now: NOW,
    })
    for (const line of ics.split('\r\n')) expect(Buffer.byteLength(line)).toBeLessThanOrEqual(75)
    const { root, events } = read(ics)
    expect(events[0]?.summary).toBe(title.replaceAll('\r\n', '\n'))
    expect(events[0]?.attendees.map((one) => one.getFirstValue())).toEqual(['mailto:b@example.com'])
    expect(root.getFirstSubcomponent('vevent')?.getFirstProperty('x-evil')).toBeNull()
    expect(root.getFirstSubcomponent('vevent')?.getFirstProperty('organizer')?.getParameter('cn')).toContain(
      'Ana',
    )
  })

  it('says what to do with it, and which version it is', () => {
    const series = { startAt: NOW, durationMinutes: 60, timeZone: 'Europe/Berlin', recurrence: null }
    const { root, events } = read(calendar('CANCEL', [event(series, { isCancelled: true })], { now: NOW }))
    expect(root.getFirstPropertyValue('method')).toBe('CANCEL')
    expect(events[0]).toMatchObject({ uid: 'meeting_x@parley', sequence: 2, location: event(series).url })
    expect(root.getFirstSubcomponent('vevent')?.getFirstPropertyValue('status')).toBe('CANCELLED')
  })
})
