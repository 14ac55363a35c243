import { expect, test } from 'vitest'
import { restartDelayMs } from './child.ts'

test('waits between restarts double from half a second to half a minute', () => {
  expect([0, 1, 2, 3, 4, 5, 6, 7, 100].map(restartDelayMs)).toEqual([
    500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000,
  ])
})
