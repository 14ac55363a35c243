const SIZES = [
  ['hour', 3600],
  ['minute', 60],
  ['second', 1],
] as const

/** "1 hr 5 min" in the reader's language: hours and minutes; seconds only under a minute. */
export function durationText(durationMs: number, locale: string): string {
  let seconds = Math.max(0, Math.round(durationMs / 1000))
  const parts: string[] = []
  for (const [unit, size] of SIZES) {
    const count = Math.floor(seconds / size)
    seconds -= count * size
    if (unit === 'second' ? parts.length > 0 : count === 0) continue
    parts.push(new Intl.NumberFormat(locale, { style: 'unit', unit, unitDisplay: 'short' }).format(count))
  }
  return parts.join(' ')
}
