/** How long a key is to live, as the form offers it. */
export const EXPIRIES = ['never', '30', '90', '365', 'date'] as const
export type Expiry = (typeof EXPIRIES)[number]

const DAY_MS = 24 * 3_600_000
const two = (value: number) => String(value).padStart(2, '0')

/** The day of a time where the reader is, as a date field holds it. */
export const dayOf = (at: number): string => {
  const date = new Date(at)
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`
}

/** ISO 8601, or null for never. A chosen day counts to its end where the reader is; undefined while it is none. */
export function expiresAtOf(expiry: Expiry, day: string, now: number): string | null | undefined {
  if (expiry === 'never') return null
  if (expiry !== 'date') return new Date(now + Number(expiry) * DAY_MS).toISOString()
  const end = new Date(`${day}T23:59:59`)
  return Number.isNaN(end.getTime()) ? undefined : end.toISOString()
}
