import { useState } from 'react'
import { CalendarClock, CalendarPlus } from 'lucide-react'
import { Link } from 'react-router'
import { useText } from '../../locales/console.ts'
import { Badge, type Tone } from '../../ui/badge.tsx'
import { Button, buttonClass } from '../../ui/button.tsx'
import { Card } from '../../ui/card.tsx'
import { classNames } from '../../ui/class-names.ts'
import { ListSkeleton } from '../../ui/list.tsx'
import { State } from '../../ui/notice.tsx'
import { Segmented } from '../../ui/segmented.tsx'
import table from '../../ui/table.module.css'
import { Loaded, StaleNotice } from '../shell/states.tsx'
import styles from './meetings-page.module.css'
import { PAGE_SIZE, type ScheduledMeeting, useScheduled } from './meetings.ts'
import { ruleText } from './recurrence.ts'
import { longTime } from './times.ts'

const TONES: Record<ScheduledMeeting['status'], Tone> = {
  scheduled: 'neutral',
  active: 'success',
  ended: 'neutral',
}
export function MeetingStatus({ status }: { status: ScheduledMeeting['status'] }) {
  const { t } = useText()
  return <Badge tone={TONES[status]}>{t(`meetings.states.${status}`)}</Badge>
}

const KINDS = ['scheduled', 'active', 'ended'] as const

/** All that is to come, sorted by when; all that was. */
export function MeetingList({ onSchedule }: { onSchedule: () => void }) {
  const { t } = useText()
  const [kind, setKind] = useState<(typeof KINDS)[number]>('scheduled')
  const [page, setPage] = useState(1)
  const list = useScheduled(kind, page)
  const total = list.data?.meta.total ?? 0
  const pages = Math.max(1, Math.ceil(total / PAGE_SIZE))
  return (
    <>
      <StaleNotice error={list.data && list.error} />
      <Card
        flush
        title={t('meetings.listTitle')}
        action={
          <Segmented
            legend={t('meetings.which')}
            value={kind}
            options={KINDS.map((one) => ({ value: one, label: t(`meetings.kinds.${one}`) }))}
            onChange={(chosen) => {
              setKind(chosen)
              setPage(1)
            }}
          />
        }
      >
        <Loaded query={list} skeleton={<ListSkeleton />}>
          {({ data: meetings }) =>
            meetings.length === 0 ? (
              <State
                icon={<CalendarClock aria-hidden="true" />}
                title={t(`meetings.empty.${kind}`)}
                action={
                  kind === 'scheduled' ? (
                    <Button onClick={onSchedule}>
                      <CalendarPlus aria-hidden="true" />
                      {t('meetings.schedule')}
                    </Button>
                  ) : undefined
                }
              />
            ) : (
              <>
                <Rows meetings={meetings} />
                {pages > 1 && (
                  <div className={styles.foot}>
                    <span>{t('meetings.pageOf', { page, pages })}</span>
                    <Button size="small" disabled={page <= 1} onClick={() => setPage(page - 1)}>
                      {t('meetings.previousPage')}
                    </Button>
                    <Button size="small" disabled={page >= pages} onClick={() => setPage(page + 1)}>
                      {t('meetings.nextPage')}
                    </Button>
                  </div>
                )}
              </>
            )
          }
        </Loaded>
      </Card>
    </>
  )
}

function Rows({ meetings }: { meetings: ScheduledMeeting[] }) {
  const { t, locale } = useText()
  return (
    <table className={table.table} aria-label={t('meetings.listTitle')}>
      <thead>
        <tr>
          <th>{t('meetings.title')}</th>
          <th className={table.wideOnly}>{t('meetings.when')}</th>
          <th className={classNames(table.wideOnly, table.end)}>{t('meetings.attendees')}</th>
          <th className={table.wideOnly}>{t('meetings.status')}</th>
          <th className={table.end}>{t('ui.actions')}</th>
        </tr>
      </thead>
      <tbody>
        {meetings.map((meeting) => {
          const at = meeting.nextStart ?? meeting.start
          const when = at === null ? t('meetings.noTime') : longTime(at, locale)
          return (
            <tr key={meeting.id}>
              <td className={table.main}>
                <div className={table.named}>
                  <Link to={`/meetings/${meeting.id}`} className={table.name}>
                    {meeting.title}
                  </Link>
                  {meeting.recurrence !== null && (
                    <span className={styles.under}>{ruleText(meeting.recurrence, t)}</span>
                  )}
                  <div className={classNames(styles.under, styles.narrow, table.narrowOnly)}>
                    <span>{when}</span>
                    <MeetingStatus status={meeting.status} />
                  </div>
                </div>
              </td>
              <td className={classNames(table.tight, table.wideOnly, table.muted)}>{when}</td>
              <td className={classNames(table.tight, table.wideOnly, table.end, styles.number)}>
                {meeting.attendees.length}
              </td>
              <td className={classNames(table.tight, table.wideOnly)}>
                <MeetingStatus status={meeting.status} />
              </td>
              <td className={classNames(table.tight, table.end)}>
                {meeting.status === 'ended' ? (
                  <Link
                    to={`/meetings/${meeting.id}`}
                    className={buttonClass({ size: 'small' })}
                    aria-label={t('meetings.reportOf', { title: meeting.title })}
                  >
                    {t('meetings.report')}
                  </Link>
                ) : (
                  <a
                    href={meeting.url}
                    target="_blank"
                    rel="noreferrer"
                    className={buttonClass({ size: 'small' })}
                    aria-label={t('meetings.joinNamed', { title: meeting.title })}
                  >
                    {t('meetings.join')}
                  </a>
                )}
              </td>
            </tr>
          )
        })}
      </tbody>
    </table>
  )
}
