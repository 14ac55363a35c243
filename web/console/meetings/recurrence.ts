import type { Translate } from '../../locales/console.ts'

/** The rules that the form offers by name; others are typed. */
export type Repeat = 'none' | 'daily' | 'weekdays' | 'weekly' | 'monthly' | 'custom'
export const REPEATS: Repeat[] = ['none', 'daily', 'weekdays', 'weekly', 'monthly', 'custom']

const DAYS = ['SU', 'MO', 'TU', 'WE', 'TH', 'FR', 'SA']
const WEEKDAYS = 'FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR'

export interface Choice {
  repeat: Repeat
  /** Of `custom`. */
  rule: string
  ends: 'never' | 'on' | 'after'
  /** `2026-12-31`. */
  until: string
  count: string
}

/** RRULE of a choice for a start such as `2026-03-20T09:00`; null: it takes place once. */
export function ruleOf({ repeat, rule, ends, until, count }: Choice, start: string): string | null {
  if (repeat === 'none') return null
  if (repeat === 'custom') return rule.trim()
  const day = new Date(`${start.slice(0, 10)}T12:00:00Z`)
  const base = {
    daily: 'FREQ=DAILY',
    weekdays: WEEKDAYS,
    weekly: `FREQ=WEEKLY;BYDAY=${DAYS[day.getUTCDay()] ?? 'MO'}`,
    monthly: 'FREQ=MONTHLY',
  }[repeat]
  if (ends === 'on' && until !== '') return `${base};UNTIL=${until.replaceAll('-', '')}`
  if (ends === 'after' && count !== '') return `${base};COUNT=${count}`
  return base
}

/** The choice that gives a rule; what the form has no name for is `custom`. */
export function choiceOf(rule: string | null): Choice {
  const none: Choice = { repeat: 'none', rule: '', ends: 'never', until: '', count: '' }
  if (rule === null) return none
  const until = /;UNTIL=(\d{4})(\d{2})(\d{2})/.exec(rule)
  const count = /;COUNT=(\d+)/.exec(rule)?.[1]
  const base = rule.replace(/;(UNTIL|COUNT)=[^;]*/g, '')
  const repeat: Repeat | undefined =
    base === WEEKDAYS
      ? 'weekdays'
      : /^FREQ=WEEKLY(;BYDAY=(SU|MO|TU|WE|TH|FR|SA))?$/.test(base)
        ? 'weekly'
        : base === 'FREQ=DAILY'
          ? 'daily'
          : base === 'FREQ=MONTHLY'
            ? 'monthly'
            : undefined
  if (repeat === undefined) return { ...none, repeat: 'custom', rule }
  return {
    ...none,
    repeat,
    ends: until ? 'on' : count === undefined ? 'never' : 'after',
    until: until ? `${until[1]}-${until[2]}-${until[3]}` : '',
    count: count ?? '',
  }
}

/** A rule in words. */
export function ruleText(rule: string, t: Translate): string {
  const { repeat, ends, until, count } = choiceOf(rule)
  if (repeat === 'custom' || repeat === 'none') return rule
  const text = t(`meetings.repeats.${repeat}`)
  if (ends === 'on') return t('meetings.repeatsUntil', { repeats: text, date: until })
  return ends === 'after' ? t('meetings.repeatsTimes', { repeats: text, times: count }) : text
}
