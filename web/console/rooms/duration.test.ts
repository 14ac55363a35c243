import { expect, test } from 'vitest'
import { durationText } from './duration.ts'

test('a duration is told in hours and minutes, a short one in seconds', () => {
  expect(durationText(0, 'en')).toBe('0 sec')
  expect(durationText(59_400, 'en')).toBe('59 sec')
  expect(durationText(60_000, 'en')).toBe('1 min')
  expect(durationText(3_905_000, 'en')).toBe('1 hr 5 min')
  expect(durationText(7_200_000, 'en')).toBe('2 hr')
})
