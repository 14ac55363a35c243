import { addDays } from './times.ts'

interface Span {
  start: string
  end: string
}

/** Where something stands in its day: in minutes from midnight, and in which of several columns beside each other. */
export interface Placed<T> {
  item: T
  topMinutes: number
  heightMinutes: number
  column: number
  columns: number
}

/** A quarter of an hour is the least that can be read and hit. */
const MIN_MINUTES = 30
const DAY_MINUTES = 24 * 60

/** Minutes of the clock, so that a day on which it changes is as long as the others. */
const minutesOf = (at: Date): number => at.getHours() * 60 + at.getMinutes()

/** What takes place on a day of the reader's zone; what overlaps stands side by side. */
export function placeInDay<T extends Span>(items: T[], day: Date): Placed<T>[] {
  const next = addDays(day, 1)
  const placed = items
    .map((item) => ({ item, start: new Date(item.start), end: new Date(item.end) }))
    .filter(({ start, end }) => start < next && end > day)
    .map(({ item, start, end }) => {
      const topMinutes = start < day ? 0 : minutesOf(start)
      const bottom = end >= next ? DAY_MINUTES : Math.max(minutesOf(end), topMinutes)
      const heightMinutes = Math.max(MIN_MINUTES, bottom - topMinutes)
      return {
        item,
        topMinutes: Math.min(topMinutes, DAY_MINUTES - heightMinutes),
        heightMinutes,
        column: 0,
        columns: 1,
      }
    })
    .sort((a, b) => a.topMinutes - b.topMinutes || b.heightMinutes - a.heightMinutes)
  let group: typeof placed = []
  let groupEnd = 0
  const close = () => {
    const columns = Math.max(0, ...group.map(({ column }) => column)) + 1
    for (const one of group) one.columns = columns
    group = []
  }
  for (const one of placed) {
    if (one.topMinutes >= groupEnd) close()
    const taken = new Set(
      group
        .filter((other) => other.topMinutes + other.heightMinutes > one.topMinutes)
        .map(({ column }) => column),
    )
    while (taken.has(one.column)) one.column += 1
    group.push(one)
    groupEnd = Math.max(groupEnd, one.topMinutes + one.heightMinutes)
  }
  close()
  return placed
}
