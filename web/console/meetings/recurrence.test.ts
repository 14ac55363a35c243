import { describe, expect, it } from 'vitest'
import { choiceOf, ruleOf } from './recurrence.ts'

const START = '2026-03-20T09:00'

describe('a choice', () => {
  it.each([
    [null],
    ['FREQ=DAILY'],
    ['FREQ=DAILY;COUNT=5'],
    ['FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR'],
    ['FREQ=WEEKLY;BYDAY=FR'],
    ['FREQ=MONTHLY'],
    ['FREQ=MONTHLY;BYDAY=-1FR;COUNT=3'],
    ['FREQ=WEEKLY;INTERVAL=2'],
  ])('%s comes back from the form as it was', (rule) => {
    expect(ruleOf(choiceOf(rule), START)).toBe(rule)
  })

  it('ends on a day, and follows the day of a new start', () => {
    expect(ruleOf(choiceOf('FREQ=WEEKLY;BYDAY=FR;UNTIL=20261231T225959Z'), '2026-03-23T09:00')).toBe(
      'FREQ=WEEKLY;BYDAY=MO;UNTIL=20261231',
    )
  })
})
