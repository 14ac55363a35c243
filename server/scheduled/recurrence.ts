import { RRuleTemporal } from 'rrule-temporal'
import { Temporal } from 'temporal-polyfill'

/** When a meeting takes place: once, or again and again at the same time of day in its zone (RFC 5545 3.3.10). */
export interface Series {
  /** First start, ms UTC. */
  startAt: number
  durationMinutes: number
  timeZone: string
  recurrence: string | null
}

const MINUTE_MS = 60_000
const MAX_COUNT = 1000
const MAX_INTERVAL = 1000
/** Calendars write years with four digits (RFC 5545 3.3.4); the last day is left for what begins on it. */
const FIRST = Date.parse('0001-01-01T00:00:00Z')
const LAST = Date.parse('9999-12-30T00:00:00Z')

const isIn = (from: number, to: number) => (text: string) =>
  /^\d+$/.test(text) && Number(text) >= from && Number(text) <= to
const isPlusMinus = (most: number) => (text: string) => isIn(1, most)(text.replace(/^[+-]/, ''))
const listOf = (isOne: (text: string) => boolean) => (text: string) => text.split(',').every(isOne)
const isDay = (text: string) => /^(SU|MO|TU|WE|TH|FR|SA)$/.test(text)
/**
 * Parts of a rule that say on which days, and what RFC 5545 3.3.10 lets them be: what is taken goes out to calendars
 * as it is. Times of day come from the start.
 */
const PARTS: Record<string, (value: string) => boolean> = {
  FREQ: (value) => /^(DAILY|WEEKLY|MONTHLY|YEARLY)$/.test(value),
  INTERVAL: isIn(1, MAX_INTERVAL),
  COUNT: isIn(1, MAX_COUNT),
  UNTIL: (value) => /^\d{8}(T\d{6}Z?)?$/.test(value),
  BYDAY: listOf((one) => isDay(one.slice(-2)) && (one.length === 2 || isPlusMinus(53)(one.slice(0, -2)))),
  BYMONTH: listOf(isIn(1, 12)),
  BYMONTHDAY: listOf(isPlusMinus(31)),
  BYYEARDAY: listOf(isPlusMinus(366)),
  BYWEEKNO: listOf(isPlusMinus(53)),
  BYSETPOS: listOf(isPlusMinus(366)),
  WKST: isDay,
}
/** What must not stand beside a frequency (RFC 5545 3.3.10). */
const MISPLACED: Record<string, string[]> = {
  DAILY: ['BYYEARDAY', 'BYWEEKNO'],
  WEEKLY: ['BYMONTHDAY', 'BYYEARDAY', 'BYWEEKNO'],
  MONTHLY: ['BYYEARDAY', 'BYWEEKNO'],
}
const WORDS: Record<string, string> = {
  FREQ: 'has to be DAILY, WEEKLY, MONTHLY or YEARLY',
  INTERVAL: `has to be from 1 to ${MAX_INTERVAL}`,
  COUNT: `has to be from 1 to ${MAX_COUNT}`,
  UNTIL: 'has to be like 20261231 or 20261231T235959Z',
}
/** Searching for the next day of a rule that has none must end soon. */
const MAX_PERIODS = 2000

const KNOWN_ZONES = new Map(
  ['UTC', ...Intl.supportedValuesOf('timeZone')].map((name) => [name.toLowerCase(), name]),
)

/** The IANA name of a time zone as it is written, or null: offsets such as `+02:00` know no daylight saving. */
export function timeZoneOf(text: string): string | null {
  const known = KNOWN_ZONES.get(text.toLowerCase())
  if (known !== undefined) return known
  if (!/^[A-Za-z][A-Za-z0-9]*(?:[/_+-][A-Za-z0-9]+)*$/.test(text)) return null
  try {
    // An older name, such as Asia/Kolkata beside Asia/Calcutta.
    return new Intl.DateTimeFormat('en', { timeZone: text }).format(0) === '' ? null : text
  } catch {
    return null
  }
}

/**
 * An ISO 8601 date and time as ms UTC. Without an offset it is the time of day in `timeZone`; one that the clocks skip
 * is an hour later, of one that comes twice the first is meant. Null for anything else, and beyond the year 9999.
 */
export function instantOf(text: string, timeZone: string): number | null {
  try {
    const at = epochOf(text, timeZone)
    return at === null || at < FIRST || at > LAST ? null : at
  } catch {
    return null
  }
}

function epochOf(text: string, timeZone: string): number | null {
  if (/(Z|[+-]\d{2}(:?\d{2})?)$/i.test(text.slice(10))) return Temporal.Instant.from(text).epochMilliseconds
  if (!/^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}/.test(text)) return null
  return Temporal.PlainDateTime.from(text).toZonedDateTime(timeZone).epochMilliseconds
}

const zoned = (at: number, timeZone: string) =>
  Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(timeZone)

/**
 * A rule in its canonical form: upper case, no `RRULE:` before it, `UNTIL` in UTC. Throws an Error whose message says
 * what is wrong, also when the start is not one of the rule's days, as calendars disagree about such.
 */
export function normalizeRule(text: string, series: Omit<Series, 'recurrence'>): string {
  const parts = text
    .trim()
    .replace(/^RRULE:/i, '')
    .toUpperCase()
    .split(';')
    .filter((part) => part !== '')
    .map((part): [string, string] => {
      const [name = '', ...value] = part.split('=')
      const isPossible = Object.hasOwn(PARTS, name) ? PARTS[name] : undefined
      if (isPossible === undefined) throw new Error(`${name || part} is not supported in a recurrence rule`)
      if (!isPossible(value.join('=')))
        throw new Error(`${name} ${WORDS[name] ?? 'has a value that is none'}`)
      return [name, value.join('=')]
    })
  const values = new Map(parts)
  if (values.size !== parts.length) throw new Error('A part of the recurrence rule is there twice')
  const frequency = values.get('FREQ')
  if (frequency === undefined) throw new Error(`FREQ ${WORDS.FREQ}`)
  const misplaced = MISPLACED[frequency]?.find((name) => values.has(name))
  if (misplaced !== undefined) throw new Error(`${misplaced} does not go with FREQ=${frequency}`)
  if (/^(DAILY|WEEKLY)$/.test(frequency) && /\d/.test(values.get('BYDAY') ?? ''))
    throw new Error(`A day of BYDAY has no number with FREQ=${frequency}`)
  if (values.has('COUNT') && values.has('UNTIL')) throw new Error('Use COUNT or UNTIL, not both')
  const until = values.get('UNTIL')
  if (until !== undefined) values.set('UNTIL', untilOf(until, series.timeZone))
  const rule = [...values].map(([name, value]) => `${name}=${value}`).join(';')
  let first: number | undefined
  try {
    first = ruleOf({ ...series, recurrence: rule }).next(new Date(series.startAt), true)?.epochMilliseconds
  } catch (err) {
    throw new Error(`Not a recurrence rule: ${(err as Error).message}`, { cause: err })
  }
  if (first !== series.startAt) throw new Error('The start has to be one of the days of the recurrence rule')
  return rule
}

/** A day alone means until its end in the meeting's zone (RFC 5545 wants UTC there). */
function untilOf(text: string, timeZone: string): string {
  const [, year, month, day, time = '235959', utc] =
    text.match(/^(\d{4})(\d{2})(\d{2})(?:T(\d{6})(Z?))?$/) ?? []
  if (utc === 'Z') return text
  const clock = time.replace(/^(..)(..)(..)$/, '$1:$2:$3')
  const at = instantOf(`${year}-${month}-${day}T${clock}`, timeZone)
  if (at === null) throw new Error('UNTIL is no date')
  return new Date(at).toISOString().replace(/[-:]|\.\d{3}/g, '')
}

const ruleOf = ({ startAt, timeZone, recurrence }: Series): RRuleTemporal =>
  new RRuleTemporal({
    rruleString: recurrence ?? 'FREQ=DAILY;COUNT=1',
    dtstart: zoned(startAt, timeZone),
    maxIterations: MAX_PERIODS,
  })

const durationMs = ({ durationMinutes }: Series): number => durationMinutes * MINUTE_MS

/** Starts, in ms UTC, of what overlaps the span from `from` to before `to`; the first `limit` of them. */
export function occurrences(series: Series, from: number, to: number, limit: number): number[] {
  const { startAt, recurrence } = series
  if (recurrence === null) return startAt < to && startAt + durationMs(series) > from ? [startAt] : []
  const after = Math.max(startAt, from - durationMs(series) + 1)
  if (after >= to) return []
  const rule = ruleOf(series)
  const found: number[] = []
  let next = rule.next(new Date(after), true)
  while (next !== null && next.epochMilliseconds < to && found.length < limit) {
    found.push(next.epochMilliseconds)
    next = rule.next(new Date(next.epochMilliseconds), false)
  }
  return found
}

/** The start of what runs at `now`, else of what comes next; null when all is over. */
export function currentOrNext(series: Series, now: number): number | null {
  return occurrences(series, now, Infinity, 1)[0] ?? null
}

/** The start that a time belongs to: the last one before it, where early birds count to what begins within `leadMs`. */
export function occurrenceAt(series: Series, at: number, leadMs: number): number {
  if (series.recurrence === null || at + leadMs <= series.startAt) return series.startAt
  return ruleOf(series).previous(new Date(at + leadMs), true)?.epochMilliseconds ?? series.startAt
}

/** When the last one ends; null: never. */
export function endOf(series: Series): number | null {
  const { startAt, recurrence } = series
  if (recurrence === null) return startAt + durationMs(series)
  if (!/(COUNT|UNTIL)=/.test(recurrence)) return null
  const last = ruleOf(series).previous(new Date(FAR))
  return (last?.epochMilliseconds ?? startAt) + durationMs(series)
}
const FAR = Date.UTC(2200, 0, 1)

/** The time of day in the meeting's zone, as iCalendar writes it: `20260301T090000`. */
export const localTime = (at: number, timeZone: string): string =>
  zoned(at, timeZone).toPlainDateTime().toString({ smallestUnit: 'second' }).replace(/[-:]/g, '')

/** A change of the clocks: when it happens and from which to which offset, in seconds. */
export interface ClockChange {
  at: number
  fromSeconds: number
  toSeconds: number
}

/** How the clocks of a zone change between two times; the first entry tells the offset at the beginning. */
export function clockChanges(timeZone: string, from: number, to: number): ClockChange[] {
  const seconds = (at: Temporal.ZonedDateTime) => at.offsetNanoseconds / 1e9
  let current = zoned(from, timeZone)
  const changes: ClockChange[] = [{ at: from, fromSeconds: seconds(current), toSeconds: seconds(current) }]
  for (;;) {
    const next = current.getTimeZoneTransition('next')
    if (next === null || next.epochMilliseconds > to) return changes
    changes.push({ at: next.epochMilliseconds, fromSeconds: seconds(current), toSeconds: seconds(next) })
    current = next
  }
}
