/** 4.2 MB and so on, in the reader's language. */
export function sizeText(bytes: number, locale: string): string {
  const units = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte'] as const
  const step = Math.min(units.length - 1, bytes < 1 ? 0 : Math.floor(Math.log10(bytes) / 3))
  const value = bytes / 1000 ** step
  return new Intl.NumberFormat(locale, {
    style: 'unit',
    unit: units[step] ?? 'byte',
    unitDisplay: 'short',
    maximumFractionDigits: value < 10 && step > 0 ? 1 : 0,
  }).format(value)
}

/** `1:02:03` or `2:03`, as players show it. */
export function clockText(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds))
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60]
  const two = (value: number) => String(value).padStart(2, '0')
  return hours > 0 ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`
}

/** `90`, `1m30s` or `1:30` in an address as seconds; null for anything else. */
export function startOf(text: string | null): number | null {
  if (text === null) return null
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text)
  const units = /^(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?$/.exec(text)
  const parts =
    units !== null && text !== '' ? units.slice(1) : /^(?:(\d+):)?(\d{1,2}):(\d{2})$/.exec(text)?.slice(1)
  if (parts === undefined) return null
  const [hours = 0, minutes = 0, seconds = 0] = parts.map((part: string | undefined) => Number(part ?? 0))
  return hours * 3600 + minutes * 60 + seconds
}
