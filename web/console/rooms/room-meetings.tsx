import { CalendarClock, ChevronRight } from 'lucide-react'
import { useText } from '../../locales/console.ts'
import { Badge } from '../../ui/badge.tsx'
import { Card } from '../../ui/card.tsx'
import { State } from '../../ui/notice.tsx'
import { Skeleton } from '../../ui/skeleton.tsx'
import table from '../../ui/table.module.css'
import { DateTime } from '../../ui/time.tsx'
import { Loaded, StaleNotice } from '../shell/states.tsx'
import { durationText } from './duration.ts'
import styles from './room-meetings.module.css'
import { useMeetings, type Meeting } from './room.ts'

/** Who met in the room and when; the running meeting first. */
export function RoomMeetings({ roomId }: { roomId: string }) {
  const { t } = useText()
  const meetings = useMeetings(roomId)
  const skeleton = (
    <div className={styles.loading} aria-hidden="true">
      <Skeleton height={20} width="60%" />
      <Skeleton height={20} width="45%" />
      <Skeleton height={20} width="52%" />
    </div>
  )
  return (
    <>
      <StaleNotice error={meetings.data && meetings.error} />
      <Card title={t('room.meetings')} description={t('room.meetingsPurpose')} flush>
        <Loaded query={meetings} skeleton={skeleton}>
          {({ meetings: all }) =>
            all.length === 0 ? (
              <State icon={<CalendarClock aria-hidden="true" />} title={t('room.noMeetingsTitle')}>
                {t('room.noMeetings')}
              </State>
            ) : (
              <ul className={styles.list}>
                {all.map((meeting) => (
                  <MeetingItem key={meeting.id} meeting={meeting} />
                ))}
              </ul>
            )
          }
        </Loaded>
      </Card>
    </>
  )
}

/** Who came twice is one person. */
const peopleIn = ({ participants }: Meeting) => new Set(participants.map((one) => one.identity)).size

function MeetingItem({ meeting }: { meeting: Meeting }) {
  const { t, locale } = useText()
  const { startedAt, endedAt, participants } = meeting
  const when = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'short' }).format(startedAt)
  return (
    <li>
      <details className={styles.meeting}>
        <summary>
          <ChevronRight aria-hidden="true" />
          <span className={styles.when}>
            <DateTime at={startedAt} locale={locale} withTime />
          </span>
          {endedAt === null ? (
            <Badge tone="success">{t('room.nowLive')}</Badge>
          ) : (
            <span className={styles.fact}>{durationText(endedAt - startedAt, locale)}</span>
          )}
          <span className={styles.fact}>{t('room.people', { count: peopleIn(meeting) })}</span>
        </summary>
        {participants.length === 0 ? (
          <p className={styles.nobody}>{t('room.nobodyCame')}</p>
        ) : (
          <table className={table.table} aria-label={t('room.attendance', { when })}>
            <thead>
              <tr>
                <th scope="col">{t('room.participant')}</th>
                <th scope="col">{t('room.joinedAt')}</th>
                <th scope="col">{t('room.leftAt')}</th>
                <th scope="col" className={table.wideOnly}>
                  {t('room.attended')}
                </th>
              </tr>
            </thead>
            <tbody>
              {participants.map(({ identity, name, joinedAt, leftAt }) => (
                <tr key={`${identity} ${joinedAt}`}>
                  <th scope="row" className={styles.name}>
                    {name || identity}
                  </th>
                  <td className={table.muted}>
                    <Time at={joinedAt} />
                  </td>
                  <td className={table.muted}>
                    {leftAt === null ? t('room.stillHere') : <Time at={leftAt} />}
                  </td>
                  <td className={`${table.muted} ${table.wideOnly}`}>
                    {leftAt === null ? '' : durationText(leftAt - joinedAt, locale)}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        )}
      </details>
    </li>
  )
}

function Time({ at }: { at: number }) {
  const { locale } = useText()
  return (
    <time dateTime={new Date(at).toISOString()}>
      {new Intl.DateTimeFormat(locale, { timeStyle: 'short' }).format(at)}
    </time>
  )
}
