import { describe, expect, it } from 'vitest'
import { bucketsOf, sumOf, ticksOf } from './usage-buckets.ts'

const now = Date.parse('2026-03-10T10:20:30Z')
const row = (at: string, status2xx: number, status4xx = 0, status5xx = 0, group = 'read') => ({
  at,
  group,
  status2xx,
  status4xx,
  status5xx,
})

describe('bucketsOf', () => {
  it('has the last 24 hours, the groups of each summed up', () => {
    const buckets = bucketsOf(
      [
        row('2026-03-10T10:00:00.000Z', 3, 1),
        row('2026-03-10T10:00:00.000Z', 2, 0, 4, 'crud'),
        row('2026-03-09T11:00:00.000Z', 7),
        // Partly older than a day: the server sends it, the chart has no place for it.
        row('2026-03-09T10:00:00.000Z', 9),
      ],
      'hour',
      now,
    )
    expect(buckets).toHaveLength(24)
    expect(buckets[0]).toMatchObject({ at: Date.parse('2026-03-09T11:00:00Z'), succeeded: 7 })
    expect(buckets[23]).toEqual({
      at: Date.parse('2026-03-10T10:00:00Z'),
      succeeded: 5,
      refused: 1,
      failed: 4,
      total: 10,
    })
    expect(sumOf(buckets, 'total')).toBe(17)
  })

  it('has the last 30 days', () => {
    const buckets = bucketsOf([row('2026-02-09T00:00:00.000Z', 1)], 'day', now)
    expect(buckets).toHaveLength(30)
    expect(buckets[0]).toMatchObject({ at: Date.parse('2026-02-09T00:00:00Z'), total: 1 })
    expect(buckets[29]?.at).toBe(Date.parse('2026-03-10T00:00:00Z'))
  })
})

describe('ticksOf', () => {
  it.each([
    [0, [0, 1]],
    [1, [0, 1]],
    [4, [0, 1, 2, 3, 4]],
    [5, [0, 2, 4, 6]],
    [17, [0, 5, 10, 15, 20]],
    [90, [0, 50, 100]],
    [1234, [0, 500, 1000, 1500]],
  ])('%i', (max, ticks) => expect(ticksOf(max)).toEqual(ticks))
})
