import { expect, it } from 'vitest'
import { placeInDay } from './week-layout.ts'

const day = new Date(2026, 2, 20)
const at = (hour: number, minute = 0) => new Date(2026, 2, 20, hour, minute).toISOString()

it('what overlaps stands side by side, what follows has the whole width again', () => {
  const items = [
    { start: at(9), end: at(11) },
    { start: at(10), end: at(10, 30) },
    { start: at(10, 30), end: at(12) },
    { start: at(12), end: at(13) },
  ]
  expect(placeInDay(items, day).map(({ column, columns }) => [column, columns])).toEqual([
    [0, 2],
    [1, 2],
    [1, 2],
    [0, 1],
  ])
})

it('what goes over midnight is cut, and the shortest can still be read', () => {
  const over = { start: at(23), end: new Date(2026, 2, 21, 2).toISOString() }
  expect(placeInDay([over], day)).toMatchObject([{ topMinutes: 1380, heightMinutes: 60 }])
  expect(placeInDay([over], new Date(2026, 2, 21))).toMatchObject([{ topMinutes: 0, heightMinutes: 120 }])
  expect(placeInDay([over], new Date(2026, 2, 22))).toEqual([])
  expect(placeInDay([{ start: at(23, 55), end: at(23, 59) }], day)).toMatchObject([
    { topMinutes: 1410, heightMinutes: 30 },
  ])
})
