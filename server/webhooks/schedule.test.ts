import { describe, expect, it } from 'vitest'
import { delayAfter, timestampOf } from './schedule.ts'

describe('tries', () => {
  it('come after 0.3 s, 5 s, 1 min, 10 min, 1 h, 6 h and 21 h, a fifth later at most, eight in all', () => {
    const seconds = [0.3, 5, 60, 600, 3600, 21_600, 75_600]
    expect(seconds.map((_, i) => delayAfter(i + 1, 0))).toEqual(seconds.map((s) => s * 1000))
    expect(seconds.map((_, i) => delayAfter(i + 1, 1))).toEqual(seconds.map((s) => s * 1200))
    expect(delayAfter(8, 0)).toBe(null)
  })

  it('say when it happened on the first one, unless that is long ago, and when they are sent on others', () => {
    expect(timestampOf(1_000_000, 0, 1_000_100)).toBe(1_000_000)
    expect(timestampOf(1_000_000, 1, 1_000_400)).toBe(1_000_400)
    expect(timestampOf(1_000_000, 0, 1_130_000)).toBe(1_130_000)
  })
})
