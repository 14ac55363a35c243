import { describe, expect, it } from 'vitest'
import { formatDuration } from './format-time.ts'

describe('formatDuration', () => {
  it.each([
    [0, '0:00'],
    [247_900, '4:07'],
    [3_847_000, '1:04:07'],
    [-5, '0:00'],
  ])('%i ms is %s', (ms, text) => {
    expect(formatDuration(ms)).toBe(text)
  })
})
