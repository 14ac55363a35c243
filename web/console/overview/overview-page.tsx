import type { ReactNode } from 'react'
import { useEffect } from 'react'
import { Check, RadioTower, X } from 'lucide-react'
import { Link } from 'react-router'
import { useText } from '../../locales/console.ts'
import { Button, buttonClass, IconButton } from '../../ui/button.tsx'
import { Card } from '../../ui/card.tsx'
import { classNames } from '../../ui/class-names.ts'
import { errorText } from '../../ui/errors.ts'
import { State } from '../../ui/notice.tsx'
import { Skeleton } from '../../ui/skeleton.tsx'
import table from '../../ui/table.module.css'
import { TimeAgo } from '../../ui/time.tsx'
import { toast } from '../../ui/toast.tsx'
import { VisuallyHidden } from '../../ui/visually-hidden.tsx'
import { useNewMeeting } from '../rooms/rooms.ts'
import { Page } from '../shell/page.tsx'
import { useRemembered } from '../shell/remembered.ts'
import { LoadError, StaleNotice } from '../shell/states.tsx'
import { WebhookNotice } from '../webhooks/webhook-notice.tsx'
import styles from './overview-page.module.css'
import { useOverview, type Overview } from './overview.ts'

export function Component() {
  const { t } = useText()
  const overview = useOverview()
  const { data } = overview
  return (
    <Page title={t('overview.title')} purpose={t('overview.purpose')}>
      {data === undefined && overview.isError ? (
        <LoadError error={overview.error} retry={() => void overview.refetch()} />
      ) : (
        <>
          <StaleNotice error={overview.error} />
          <WebhookNotice />
          <Counts overview={data} />
          {data && <FirstSteps overview={data} />}
          <LiveNow overview={data} />
        </>
      )}
    </Page>
  )
}

function Counts({ overview }: { overview: Overview | undefined }) {
  const { t, locale } = useText()
  const number = (value: number | undefined) =>
    value === undefined ? <Skeleton width={48} height={28} /> : new Intl.NumberFormat(locale).format(value)
  const people = overview?.meetings.reduce((sum, meeting) => sum + meeting.participants, 0)
  return (
    <dl className={styles.counts}>
      <div className={styles.count}>
        <dt>{t('overview.live')}</dt>
        <dd>
          {number(overview?.rooms.active)}
          {overview !== undefined && overview.rooms.active > 0 && (
            <span className={styles.dot} aria-hidden="true" />
          )}
        </dd>
      </div>
      <div className={styles.count}>
        <dt>{t('overview.participants')}</dt>
        <dd>{number(people)}</dd>
      </div>
      <div className={styles.count}>
        <dt>{t('overview.rooms')}</dt>
        <dd>{number(overview?.rooms.total)}</dd>
      </div>
      <div className={styles.count}>
        <dt>{t('overview.keys')}</dt>
        <dd>{number(overview?.keys.active)}</dd>
      </div>
    </dl>
  )
}

/** What a newcomer does first; goes away by itself once it is done, or when it is hidden. */
function FirstSteps({ overview }: { overview: Overview }) {
  const { t } = useText()
  const newMeeting = useNewMeeting()
  const [isHidden, setHidden] = useRemembered('first-steps-hidden')
  const [hasMet, setMet] = useRemembered('first-steps-met')
  const isMeeting = overview.meetings.some((meeting) => meeting.participants > 1)
  useEffect(() => {
    if (isMeeting && !hasMet) setMet(true)
  }, [isMeeting, hasMet, setMet])

  const done = [overview.keys.active > 0, overview.rooms.total > 0, hasMet || isMeeting]
  const count = done.filter(Boolean).length
  if (isHidden || count === done.length) return null
  return (
    <Card
      title={t('overview.firstSteps')}
      description={t('overview.progress', { done: count, all: done.length })}
      action={
        <IconButton size="small" label={t('overview.hide')} onClick={() => setHidden(true)}>
          <X aria-hidden="true" />
        </IconButton>
      }
      flush
    >
      <ol className={styles.steps}>
        <Step
          number={1}
          isDone={done[0] === true}
          title={t('overview.stepKey')}
          text={t('overview.stepKeyText')}
          action={
            <Link className={buttonClass({ size: 'small' })} to="/embedded">
              {t('overview.stepKeyAction')}
            </Link>
          }
        />
        <Step
          number={2}
          isDone={done[1] === true}
          title={t('overview.stepRoom')}
          text={t('overview.stepRoomText')}
          action={
            <Link className={buttonClass({ size: 'small' })} to="/rooms">
              {t('overview.stepRoomAction')}
            </Link>
          }
        />
        <Step
          number={3}
          isDone={done[2] === true}
          title={t('overview.stepJoin')}
          text={t('overview.stepJoinText')}
          action={
            <Button
              size="small"
              busy={newMeeting.isPending}
              onClick={() =>
                newMeeting.mutate(undefined, {
                  onError: (error) => toast({ tone: 'danger', text: errorText(error, t) }),
                })
              }
            >
              {t('overview.stepJoinAction')}
            </Button>
          }
        />
      </ol>
    </Card>
  )
}

function Step({
  number,
  isDone,
  title,
  text,
  action,
}: {
  number: number
  isDone: boolean
  title: string
  text: string
  action: ReactNode
}) {
  const { t } = useText()
  return (
    <li className={classNames(styles.step, isDone && styles.done)}>
      <span className={styles.number}>
        {isDone ? <Check aria-hidden="true" /> : <span aria-hidden="true">{number}</span>}
        <VisuallyHidden>{t(isDone ? 'overview.stepDone' : 'overview.stepOpen')}</VisuallyHidden>
      </span>
      <div>
        <strong>{title}</strong>
        <p>{text}</p>
      </div>
      {!isDone && action}
    </li>
  )
}

function LiveNow({ overview }: { overview: Overview | undefined }) {
  const { t, locale } = useText()
  let content
  if (overview === undefined) {
    content = (
      <div className={styles.loading} aria-hidden="true">
        <Skeleton height={48} />
      </div>
    )
  } else if (overview.meetings.length === 0) {
    content = (
      <State icon={<RadioTower aria-hidden="true" />} title={t('overview.nobody')}>
        {t('overview.nobodyText')}
      </State>
    )
  } else {
    content = (
      <table className={table.table} aria-label={t('overview.liveNow')}>
        <thead>
          <tr>
            <th>{t('overview.room')}</th>
            <th className={table.wideOnly}>{t('overview.started')}</th>
            <th className={table.end}>{t('overview.peopleColumn')}</th>
          </tr>
        </thead>
        <tbody>
          {overview.meetings.map((meeting) => (
            <tr key={meeting.roomId}>
              <td className={table.main}>
                <Link className={styles.room} to={`/rooms/${meeting.roomId}`}>
                  {meeting.roomName}
                </Link>
                <span className={classNames(table.narrowOnly, styles.under)}>
                  <TimeAgo at={meeting.startedAt} locale={locale} />
                </span>
              </td>
              <td className={classNames(table.tight, table.muted, table.wideOnly)}>
                <TimeAgo at={meeting.startedAt} locale={locale} />
              </td>
              <td className={classNames(table.tight, table.end)}>
                {t('overview.people', { count: meeting.participants })}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    )
  }
  return (
    <Card title={t('overview.liveNow')} description={t('overview.liveNowPurpose')} flush>
      {content}
    </Card>
  )
}
