import type { Interval, Usage } from './keys.ts'

const HOUR_MS = 3_600_000
const SPAN = {
  hour: { count: 24, ms: HOUR_MS },
  day: { count: 30, ms: 24 * HOUR_MS },
}

/** The three classes of answers, from the bottom of a bar up. */
export const OUTCOMES = ['succeeded', 'refused', 'failed'] as const
export type Outcome = (typeof OUTCOMES)[number]

export interface Bucket extends Record<Outcome, number> {
  /** Start, ms UTC; the server counts by hours and days of UTC. */
  at: number
  total: number
}

/** One bucket for each of the last 24 hours or 30 days, the present one last, with all groups summed up. */
export function bucketsOf(series: Usage['series'], interval: Interval, now: number): Bucket[] {
  const { count, ms } = SPAN[interval]
  const first = now - (now % ms) - (count - 1) * ms
  const buckets = Array.from({ length: count }, (_, i): Bucket => ({
    at: first + i * ms,
    succeeded: 0,
    refused: 0,
    failed: 0,
    total: 0,
  }))
  for (const { at, status2xx, status4xx, status5xx } of series) {
    const bucket = buckets[Math.floor((Date.parse(at) - first) / ms)]
    if (bucket === undefined) continue
    bucket.succeeded += status2xx
    bucket.refused += status4xx
    bucket.failed += status5xx
    bucket.total += status2xx + status4xx + status5xx
  }
  return buckets
}

export const sumOf = (buckets: readonly Bucket[], what: Outcome | 'total'): number =>
  buckets.reduce((sum, bucket) => sum + bucket[what], 0)

/** Where the lines of a scale from 0 to at least `max` stand: whole numbers, four steps at most. */
export function ticksOf(max: number): number[] {
  let step = 1
  for (let i = 0; step * 4 < max; i++) step *= i % 3 === 1 ? 2.5 : 2
  const ticks = [0]
  for (let tick = step; tick < Math.max(1, max) + step; tick += step) ticks.push(tick)
  return ticks
}
