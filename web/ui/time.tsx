import { useEffect, useState } from 'react'

const UNITS: [Intl.RelativeTimeFormatUnit, number][] = [
  ['year', 31_536_000],
  ['month', 2_592_000],
  ['week', 604_800],
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
]

/** "3 minutes ago" in the reader's language; under a minute it is "now". */
export function relativeTime(at: number, now: number, locale: string): string {
  const seconds = (at - now) / 1000
  const format = new Intl.RelativeTimeFormat(locale, { numeric: 'auto' })
  for (const [unit, size] of UNITS)
    if (Math.abs(seconds) >= size) return format.format(Math.trunc(seconds / size), unit)
  return format.format(0, 'second')
}

/** How long ago, kept fresh; the exact time is in the tooltip. Takes milliseconds or ISO 8601. */
export function TimeAgo({ at, locale }: { at: number | string; locale: string }) {
  const [now, setNow] = useState(Date.now)
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 30_000)
    return () => clearInterval(timer)
  }, [])
  const date = new Date(at)
  return (
    <time dateTime={date.toISOString()} title={dateTime(date, locale)}>
      {relativeTime(Math.min(date.getTime(), now), now, locale)}
    </time>
  )
}

/** A day with its time. */
export const dateTime = (date: Date, locale: string): string =>
  new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'short' }).format(date)

/** A day, or a day with its time. */
export function DateTime({
  at,
  locale,
  withTime = false,
}: {
  at: number | string
  locale: string
  withTime?: boolean
}) {
  const date = new Date(at)
  return (
    <time dateTime={date.toISOString()} title={dateTime(date, locale)}>
      {withTime
        ? dateTime(date, locale)
        : new Intl.DateTimeFormat(locale, { dateStyle: 'medium' }).format(date)}
    </time>
  )
}
