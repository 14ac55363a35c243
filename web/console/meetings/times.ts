/** Times of day in other time zones, by what the browser knows of them. */

const parts = (at: Date, timeZone: string): Record<string, string> =>
  Object.fromEntries(
    new Intl.DateTimeFormat('en-CA', {
      timeZone,
      hourCycle: 'h23',
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
    })
      .formatToParts(at)
      .map(({ type, value }) => [type, value]),
  )

/** As a date and time field takes it: `2026-03-20T09:00`. */
export function wallTime(at: Date, timeZone: string): string {
  const { year, month, day, hour, minute } = parts(at, timeZone)
  return `${year}-${month}-${day}T${hour}:${minute}`
}

export const ownTimeZone = (): string => Intl.DateTimeFormat().resolvedOptions().timeZone

/** Every zone that the browser knows, the reader's own and `chosen` among them. */
export function timeZones(chosen: string): string[] {
  const known = new Set(Intl.supportedValuesOf('timeZone'))
  for (const one of ['UTC', ownTimeZone(), chosen]) known.add(one)
  return [...known].sort()
}

/** The next full hour, at least half an hour from now. */
export function nextHour(now: number): Date {
  const HOUR_MS = 3_600_000
  return new Date(Math.ceil((now + HOUR_MS / 2) / HOUR_MS) * HOUR_MS)
}

/** The first day of the week that a day is in, at midnight of the reader's zone. */
export function weekOf(day: Date, firstDay: number): Date {
  const back = (day.getDay() - (firstDay % 7) + 7) % 7
  return new Date(day.getFullYear(), day.getMonth(), day.getDate() - back)
}
export const addDays = (day: Date, days: number): Date =>
  new Date(day.getFullYear(), day.getMonth(), day.getDate() + days)

/** 1 = Monday to 7 = Sunday, as the locale begins its weeks. */
export function firstDayOf(locale: string): number {
  const info = new Intl.Locale(locale) as Intl.Locale & {
    weekInfo?: { firstDay: number }
    getWeekInfo?: () => { firstDay: number }
  }
  return (info.getWeekInfo?.() ?? info.weekInfo)?.firstDay ?? 1
}

/** A day and a time, in the reader's zone or in another. */
export const longTime = (at: string, locale: string, timeZone?: string): string =>
  new Intl.DateTimeFormat(locale, {
    weekday: 'short',
    day: 'numeric',
    month: 'short',
    year: 'numeric',
    hour: 'numeric',
    minute: '2-digit',
    ...(timeZone === undefined ? {} : { timeZone, timeZoneName: 'short' }),
  }).format(new Date(at))

export const clockTime = (at: string | Date, locale: string): string =>
  new Intl.DateTimeFormat(locale, { hour: 'numeric', minute: '2-digit' }).format(new Date(at))
