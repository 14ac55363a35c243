import { useState } from 'react'
import { CalendarPlus, Rss } from 'lucide-react'
import { useSearchParams } from 'react-router'
import { useText } from '../../locales/console.ts'
import { Button } from '../../ui/button.tsx'
import { Segmented } from '../../ui/segmented.tsx'
import { Page } from '../shell/page.tsx'
import { FeedDialog } from './feed-dialog.tsx'
import { ScheduleDialog } from './meeting-dialog.tsx'
import { MeetingList } from './meeting-list.tsx'
import styles from './meetings-page.module.css'
import { Week } from './week.tsx'

/** Scheduled meetings: a week of the calendar, or all that comes and that was. */
export function Component() {
  const { t } = useText()
  const [params, setParams] = useSearchParams()
  const [open, setOpen] = useState<{ what: 'schedule'; at?: Date } | { what: 'feed' } | null>(null)
  const view = params.get('view') === 'list' ? 'list' : 'week'
  const close = () => setOpen(null)
  return (
    <Page
      title={t('meetings.pageTitle')}
      purpose={t('meetings.purpose')}
      actions={
        <Button variant="primary" onClick={() => setOpen({ what: 'schedule' })}>
          <CalendarPlus aria-hidden="true" />
          {t('meetings.schedule')}
        </Button>
      }
    >
      <div className={styles.bar}>
        <Segmented
          legend={t('meetings.view')}
          value={view}
          options={[
            { value: 'week', label: t('meetings.week') },
            { value: 'list', label: t('meetings.list') },
          ]}
          onChange={(chosen) => setParams(chosen === 'list' ? { view: 'list' } : {}, { replace: true })}
        />
        <Button size="small" onClick={() => setOpen({ what: 'feed' })}>
          <Rss aria-hidden="true" />
          {t('meetings.feed')}
        </Button>
      </div>
      {view === 'week' ? (
        <Week onChoose={(at) => setOpen({ what: 'schedule', at })} />
      ) : (
        <MeetingList onSchedule={() => setOpen({ what: 'schedule' })} />
      )}
      {open?.what === 'schedule' && (
        <ScheduleDialog {...(open.at === undefined ? {} : { at: open.at })} onClose={close} />
      )}
      {open?.what === 'feed' && <FeedDialog onClose={close} />}
    </Page>
  )
}
