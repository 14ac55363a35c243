import { useEffect, useRef, useState } from 'react'
import { ChevronLeft, ChevronRight, Plus, Repeat2 } from 'lucide-react'
import { Link } from 'react-router'
import { isAdmin, useCurrentSession } from '../../account/index.ts'
import { useText } from '../../locales/console.ts'
import { Button, IconButton } from '../../ui/button.tsx'
import { classNames } from '../../ui/class-names.ts'
import { BareSelect } from '../../ui/field.tsx'
import { LoadError, StaleNotice } from '../shell/states.tsx'
import { type Occurrence, useOccurrences, type Whose } from './meetings.ts'
import { addDays, clockTime, firstDayOf, weekOf } from './times.ts'
import { placeInDay } from './week-layout.ts'
import styles from './week.module.css'

const HOURS = Array.from({ length: 24 }, (_, hour) => hour)
/** Where the view begins: most of a working day is in sight, and the present hour. */
const firstHour = (now: Date): number => {
  const hour = now.getHours()
  return hour < 8 ? Math.max(0, hour - 1) : Math.max(7, Math.min(hour - 4, 14))
}
const HOUR_PX = 48

const isSameDay = (a: Date, b: Date): boolean => a.toDateString() === b.toDateString()

/** A week in the reader's own time zone; on narrow screens a list of its days. */
export function Week({ onChoose }: { onChoose: (at: Date) => void }) {
  const { t, locale } = useText()
  const mayChooseWhose = isAdmin(useCurrentSession())
  const [whose, setWhose] = useState<Whose>('mine')
  const now = useNow()
  const [start, setStart] = useState(() => weekOf(now, firstDayOf(locale)))
  const end = addDays(start, 7)
  const found = useOccurrences(start, end, whose)
  const occurrences = found.data?.occurrences ?? []
  const days = HOURS.slice(0, 7).map((index) => addDays(start, index))
  const range = new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'long', year: 'numeric' })
  return (
    <section className={styles.card} aria-label={t('meetings.week')}>
      <div className={styles.bar}>
        <h2 aria-live="polite">{range.formatRange(start, addDays(start, 6))}</h2>
        <div className={styles.move}>
          {mayChooseWhose && (
            <BareSelect
              label={t('meetings.whose')}
              value={whose}
              onChange={(event) => setWhose(event.target.value === 'all' ? 'all' : 'mine')}
            >
              <option value="mine">{t('meetings.mine')}</option>
              <option value="all">{t('meetings.all')}</option>
            </BareSelect>
          )}
          <IconButton label={t('meetings.previousWeek')} onClick={() => setStart(addDays(start, -7))}>
            <ChevronLeft aria-hidden="true" className={styles.turn} />
          </IconButton>
          <Button onClick={() => setStart(weekOf(now, firstDayOf(locale)))}>{t('meetings.today')}</Button>
          <IconButton label={t('meetings.nextWeek')} onClick={() => setStart(addDays(start, 7))}>
            <ChevronRight aria-hidden="true" className={styles.turn} />
          </IconButton>
        </div>
      </div>
      <StaleNotice error={found.data && found.error} />
      {found.isError && found.data === undefined ? (
        <LoadError error={found.error} retry={() => void found.refetch()} />
      ) : (
        <>
          <Grid days={days} now={now} occurrences={occurrences} onChoose={onChoose} />
          <Agenda days={days} now={now} occurrences={occurrences} isPending={found.isPending} />
        </>
      )}
    </section>
  )
}

interface DaysProps {
  days: Date[]
  now: Date
  occurrences: Occurrence[]
}

function Grid({ days, now, occurrences, onChoose }: DaysProps & { onChoose: (at: Date) => void }) {
  const { t, locale } = useText()
  const scroller = useRef<HTMLDivElement>(null)
  useEffect(() => {
    if (scroller.current) scroller.current.scrollTop = firstHour(new Date()) * HOUR_PX
  }, [])
  const hour = new Intl.DateTimeFormat(locale, { hour: 'numeric' })
  const heading = new Intl.DateTimeFormat(locale, { weekday: 'short', day: 'numeric' })
  const spoken = new Intl.DateTimeFormat(locale, { weekday: 'long', day: 'numeric', month: 'long' })
  return (
    // Scrolls, so it must be reachable by keyboard.
    <div
      ref={scroller}
      className={styles.scroller}
      tabIndex={0}
      role="region"
      aria-label={t('meetings.week')}
    >
      <div className={styles.grid}>
        <div className={styles.corner} />
        {days.map((day) => (
          <div
            key={day.getTime()}
            className={classNames(styles.heading, isSameDay(day, now) && styles.isToday)}
          >
            <span>{heading.format(day)}</span>
            <button
              type="button"
              className={styles.add}
              aria-label={t('meetings.scheduleOn', { day: spoken.format(day) })}
              onClick={() => onChoose(new Date(day.getFullYear(), day.getMonth(), day.getDate(), 9))}
            >
              <Plus aria-hidden="true" />
            </button>
          </div>
        ))}
        <div className={styles.hours} aria-hidden="true">
          {HOURS.map((one) => (
            <span key={one}>{one === 0 ? '' : hour.format(new Date(2026, 0, 1, one))}</span>
          ))}
        </div>
        {days.map((day) => (
          <ul key={day.getTime()} className={styles.day} aria-label={spoken.format(day)}>
            {placeInDay(occurrences, day).map(({ item, topMinutes, heightMinutes, column, columns }) => (
              <li
                key={`${item.id} ${item.start}`}
                className={styles.place}
                style={{
                  top: `${(topMinutes / 60) * HOUR_PX}px`,
                  height: `${(heightMinutes / 60) * HOUR_PX - 2}px`,
                  insetInlineStart: `${(column / columns) * 100}%`,
                  width: `${100 / columns}%`,
                }}
              >
                <Item occurrence={item} now={now} />
              </li>
            ))}
            {isSameDay(day, now) && (
              <li
                className={styles.now}
                aria-hidden="true"
                style={{ top: `${(now.getHours() + now.getMinutes() / 60) * HOUR_PX}px` }}
              />
            )}
          </ul>
        ))}
      </div>
    </div>
  )
}

function Item({ occurrence, now }: { occurrence: Occurrence; now: Date }) {
  const { t, locale } = useText()
  const { id, title, start, end, isRecurring, isNow } = occurrence
  const isOver = new Date(end) < now && !isNow
  return (
    <Link
      to={`/meetings/${id}`}
      className={classNames(styles.item, isOver && styles.isOver, isNow && styles.isNow)}
      title={`${title}, ${clockTime(start, locale)} – ${clockTime(end, locale)}`}
    >
      <strong>{title}</strong>
      <span>
        {clockTime(start, locale)}
        {isRecurring && <Repeat2 aria-label={t('meetings.recurring')} />}
      </span>
    </Link>
  )
}

/** The same on narrow screens. */
function Agenda({ days, now, occurrences, isPending }: DaysProps & { isPending: boolean }) {
  const { t, locale } = useText()
  const heading = new Intl.DateTimeFormat(locale, { weekday: 'long', day: 'numeric', month: 'long' })
  const filled = days.filter((day) => placeInDay(occurrences, day).length > 0)
  return (
    <div className={styles.agenda} aria-busy={isPending}>
      {filled.length === 0 && !isPending && <p>{t('meetings.emptyWeek')}</p>}
      {filled.map((day) => (
        <section key={day.getTime()} aria-label={heading.format(day)}>
          <h3>{heading.format(day)}</h3>
          <ul>
            {placeInDay(occurrences, day).map(({ item }) => (
              <li key={`${item.id} ${item.start}`}>
                <Item occurrence={item} now={now} />
              </li>
            ))}
          </ul>
        </section>
      ))}
    </div>
  )
}

/** The time, a minute at a time. */
function useNow(): Date {
  const [now, setNow] = useState(() => new Date())
  useEffect(() => {
    const timer = setInterval(() => setNow(new Date()), 60_000)
    return () => clearInterval(timer)
  }, [])
  return now
}
