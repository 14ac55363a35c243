import { clockChanges, localTime, type Series } from './recurrence.ts'

/** One meeting as a calendar keeps it. Times in ms UTC. */
export interface CalendarEvent {
  id: string
  sequence: number
  title: string
  series: Series
  url: string
  description: string
  organizer: { name: string; email: string } | null
  attendees: string[]
  isCancelled: boolean
  createdAt: number
  updatedAt: number
}

/** How long ahead the changes of the clocks are told for a series without an end. */
const ZONE_YEARS_MS = 10 * 366 * 24 * 3_600_000

/**
 * An iCalendar object (RFC 5545) of these meetings. `method` REQUEST and CANCEL are what mail programs act on
 * (RFC 5546); a feed has PUBLISH. Every time zone that is named comes with its rules.
 */
export function calendar(
  method: 'REQUEST' | 'CANCEL' | 'PUBLISH',
  events: CalendarEvent[],
  options: { now: number; name?: string },
): string {
  const lines = [
    'BEGIN:VCALENDAR',
    'VERSION:2.0',
    'PRODID:-//Parley//Parley//EN',
    'CALSCALE:GREGORIAN',
    `METHOD:${method}`,
    ...(options.name === undefined
      ? []
      : [`NAME:${text(options.name)}`, `X-WR-CALNAME:${text(options.name)}`]),
    ...(method === 'PUBLISH' ? ['REFRESH-INTERVAL;VALUE=DURATION:PT15M', 'X-PUBLISHED-TTL:PT15M'] : []),
    ...zones(events, options.now),
    ...events.flatMap((event) => eventLines(event, options.now)),
    'END:VCALENDAR',
  ]
  return lines.map((line) => `${fold(line)}\r\n`).join('')
}

function eventLines(event: CalendarEvent, now: number): string[] {
  const { series, organizer } = event
  const { startAt, durationMinutes, timeZone, recurrence } = series
  const time = (name: string, at: number) =>
    timeZone === 'UTC' ? `${name}:${utc(at)}` : `${name};TZID=${timeZone}:${localTime(at, timeZone)}`
  return [
    'BEGIN:VEVENT',
    `UID:${event.id}@parley`,
    `SEQUENCE:${event.sequence}`,
    `DTSTAMP:${utc(now)}`,
    `CREATED:${utc(event.createdAt)}`,
    `LAST-MODIFIED:${utc(event.updatedAt)}`,
    time('DTSTART', startAt),
    time('DTEND', startAt + durationMinutes * 60_000),
    ...(recurrence === null ? [] : [`RRULE:${recurrence}`]),
    `SUMMARY:${text(event.title)}`,
    `DESCRIPTION:${text(event.description)}`,
    `LOCATION:${text(event.url)}`,
    `URL:${event.url}`,
    `STATUS:${event.isCancelled ? 'CANCELLED' : 'CONFIRMED'}`,
    ...(organizer === null ? [] : [`ORGANIZER;CN=${parameter(organizer.name)}:mailto:${organizer.email}`]),
    ...event.attendees.map(
      (email) =>
        `ATTENDEE;CUTYPE=INDIVIDUAL;ROLE=REQ-PARTICIPANT;PARTSTAT=NEEDS-ACTION;RSVP=TRUE:mailto:${email}`,
    ),
    'TRANSP:OPAQUE',
    'END:VEVENT',
  ]
}

/** The rules of each zone (RFC 5545 3.6.5), as far as the meetings in it reach. */
function zones(events: CalendarEvent[], now: number): string[] {
  const spans = new Map<string, { from: number; to: number }>()
  for (const { series } of events) {
    const { timeZone, startAt, recurrence, durationMinutes } = series
    if (timeZone === 'UTC') continue
    const end = startAt + durationMinutes * 60_000
    const to = recurrence === null ? end : Math.max(end, now) + ZONE_YEARS_MS
    const known = spans.get(timeZone)
    spans.set(timeZone, {
      from: Math.min(startAt, known?.from ?? startAt),
      to: Math.max(to, known?.to ?? to),
    })
  }
  return [...spans].flatMap(([timeZone, { from, to }]) => zoneLines(timeZone, from, to))
}

function zoneLines(timeZone: string, from: number, to: number): string[] {
  const changes = clockChanges(timeZone, from, to)
  const standard = Math.min(...changes.map(({ toSeconds }) => toSeconds))
  return [
    'BEGIN:VTIMEZONE',
    `TZID:${timeZone}`,
    // Each change on its own: lists of dates are read in part only by some programs.
    ...changes.flatMap(({ at, fromSeconds, toSeconds }) => {
      const name = toSeconds > standard ? 'DAYLIGHT' : 'STANDARD'
      return [
        `BEGIN:${name}`,
        // Told in the time that held before it.
        `DTSTART:${utc(at + fromSeconds * 1000).slice(0, -1)}`,
        `TZOFFSETFROM:${offset(fromSeconds)}`,
        `TZOFFSETTO:${offset(toSeconds)}`,
        `END:${name}`,
      ]
    }),
    'END:VTIMEZONE',
  ]
}

const offset = (seconds: number): string => {
  const minutes = Math.abs(Math.trunc(seconds / 60))
  const two = (value: number) => String(value).padStart(2, '0')
  return `${seconds < 0 ? '-' : '+'}${two(Math.trunc(minutes / 60))}${two(minutes % 60)}`
}

const utc = (at: number): string => new Date(at).toISOString().replace(/[-:]|\.\d{3}/g, '')

/** RFC 5545 3.3.11; other control characters have no place in text. */
const text = (value: string): string =>
  value
    .replace(/\r\n?/g, '\n')
    .replace(/[\x00-\x09\x0b-\x1f\x7f]/g, ' ')
    .replace(/[\\;,]/g, (character) => `\\${character}`)
    .replaceAll('\n', '\\n')

/** A quoted parameter value (3.2): nothing in it can be escaped, so what would end it is left out. */
const parameter = (value: string): string => `"${value.replace(/[\x00-\x1f\x7f"]/g, ' ')}"`

/** Lines of 75 bytes at most (3.1), never cut within a character. */
function fold(line: string): string {
  const lines: string[] = []
  let current = ''
  let bytes = 0
  for (const character of line) {
    const size = Buffer.byteLength(character)
    if (bytes + size > 75) {
      lines.push(current)
      current = ' '
      bytes = 1
    }
    current += character
    bytes += size
  }
  return [...lines, current].join('\r\n')
}
