import { CalendarClock } from 'lucide-react'
import { useEffect, useState } from 'react'
import { useTranslation } from '../locales/use-translation.ts'
import { countdown, type LobbySchedule } from './countdown.ts'
import styles from './StartsAt.module.css'

/** When the meeting starts, and a clock that runs down to it. */
export function StartsAt({ schedule }: { schedule: LobbySchedule }) {
  const { t, i18n } = useTranslation()
  const [now, setNow] = useState(Date.now)
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1000)
    return () => clearInterval(timer)
  }, [])
  const { startsAt, endsAt } = schedule
  if (now >= endsAt) return null
  const isToday = new Date(startsAt).toDateString() === new Date(now).toDateString()
  const when = new Intl.DateTimeFormat(i18n.language, {
    ...(isToday ? {} : { weekday: 'long', day: 'numeric', month: 'long' }),
    hour: 'numeric',
    minute: '2-digit',
  }).format(startsAt)
  const left = countdown(schedule, now)
  return (
    <p className={styles.starts}>
      <CalendarClock aria-hidden />
      <span>{t(now < startsAt ? 'lobby.startsAt' : 'lobby.startedAt', { when })}</span>
      {left !== null && (
        // A timer is not read out each second by itself (WAI-ARIA).
        <span role="timer" className={styles.left}>
          {t('lobby.startsIn', { left })}
        </span>
      )}
    </p>
  )
}
