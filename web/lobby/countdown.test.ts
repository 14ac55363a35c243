import { expect, it } from 'vitest'
import { countdown } from './countdown.ts'

const now = Date.parse('2026-03-20T08:00:00Z')
const inSeconds = (seconds: number) => ({ startsAt: now + seconds * 1000, endsAt: now + 9e9 })

it.each([
  [1, '0:01'],
  [59.2, '1:00'],
  [247, '4:07'],
  [3600, '1:00:00'],
  [2 * 3600 + 5 * 60 + 9, '2:05:09'],
  [24 * 3600, '24:00:00'],
  [24 * 3600 + 1, null],
  [0, null],
  [-60, null],
])('%d s before the start it says %j', (seconds, wanted) => {
  expect(countdown(inSeconds(seconds), now)).toBe(wanted)
})
