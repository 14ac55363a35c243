const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS

/** When people meet here, in ms by this computer's clock. */
export interface LobbySchedule {
  startsAt: number
  endsAt: number
}

/**
 * How long until the start: `4:07` within the last hour, then hours and minutes; null once it has begun, and while it
 * is more than a day away.
 */
export function countdown(schedule: LobbySchedule, now: number): string | null {
  const leftMs = schedule.startsAt - now
  if (leftMs <= 0 || leftMs > 24 * HOUR_MS) return null
  // Up: a minute that is not over counts, so that 0:00 means now.
  const seconds = Math.ceil(leftMs / 1000)
  const two = (value: number) => String(value).padStart(2, '0')
  if (seconds < 3600) return `${Math.floor(seconds / 60)}:${two(seconds % 60)}`
  return `${Math.floor(seconds / 3600)}:${two(Math.floor((seconds % 3600) / 60))}:${two(seconds % 60)}`
}
