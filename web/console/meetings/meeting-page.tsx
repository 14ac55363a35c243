import { useState } from 'react'
import { Download, Pencil, Trash2, UsersRound } from 'lucide-react'
import { Link, useNavigate, useParams } from 'react-router'
import { useText } from '../../locales/console.ts'
import { Badge, type Tone } from '../../ui/badge.tsx'
import { Button, buttonClass } from '../../ui/button.tsx'
import { Card } from '../../ui/card.tsx'
import { classNames } from '../../ui/class-names.ts'
import { CopyField } from '../../ui/copy.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { errorText, hasStatus } from '../../ui/errors.ts'
import { BareSelect } from '../../ui/field.tsx'
import { ListSkeleton } from '../../ui/list.tsx'
import { Notice, State } from '../../ui/notice.tsx'
import { Skeleton } from '../../ui/skeleton.tsx'
import table from '../../ui/table.module.css'
import { toast } from '../../ui/toast.tsx'
import { durationText } from '../rooms/duration.ts'
import { useEnvironment } from '../shell/environment.ts'
import { Page } from '../shell/page.tsx'
import { Loaded, LoadError, NotFound, StaleNotice } from '../shell/states.tsx'
import { EditMeetingDialog } from './meeting-dialog.tsx'
import { MeetingStatus } from './meeting-list.tsx'
import styles from './meetings-page.module.css'
import {
  downloadReport,
  type Report,
  type ScheduledMeeting,
  useCancelMeeting,
  useReport,
  useScheduledMeeting,
} from './meetings.ts'
import { ruleText } from './recurrence.ts'
import { clockTime, longTime, ownTimeZone } from './times.ts'

/** One scheduled meeting: when, who, where, and what came of it. */
export function Component() {
  const { t } = useText()
  const { id = '' } = useParams()
  const meeting = useScheduledMeeting(id)
  const [open, setOpen] = useState<'edit' | 'cancel' | null>(null)
  const back = { to: '/meetings', label: t('meetings.pageTitle') }
  if (meeting.data === undefined) {
    if (hasStatus(meeting.error, 404))
      return (
        <NotFound
          title={t('meetings.notFoundTitle')}
          text={t('meetings.notFound')}
          to="/meetings"
          toLabel={t('meetings.pageTitle')}
        />
      )
    return (
      <Page title={t('meetings.oneTitle')} back={back}>
        {meeting.isError ? (
          <LoadError error={meeting.error} retry={() => void meeting.refetch()} />
        ) : (
          <Skeleton height={160} />
        )}
      </Page>
    )
  }
  const close = () => setOpen(null)
  return (
    <Page
      title={meeting.data.title}
      back={back}
      mark={<MeetingStatus status={meeting.data.status} />}
      actions={
        <>
          <Button onClick={() => setOpen('edit')}>
            <Pencil aria-hidden="true" />
            {t('meetings.edit')}
          </Button>
          <a
            href={meeting.data.url}
            target="_blank"
            rel="noreferrer"
            className={buttonClass({ variant: 'primary' })}
          >
            {t('meetings.join')}
          </a>
        </>
      }
    >
      <div className={styles.stack}>
        <StaleNotice error={meeting.error} />
        <Facts meeting={meeting.data} />
        <Attendees meeting={meeting.data} />
        <ReportCard id={id} />
        <Card
          danger
          title={t('meetings.cancelTitle')}
          description={t('meetings.cancelText')}
          action={
            <Button variant="quietDanger" onClick={() => setOpen('cancel')}>
              <Trash2 aria-hidden="true" />
              {t('meetings.cancel')}
            </Button>
          }
        />
      </div>
      {open === 'edit' && <EditMeetingDialog meeting={meeting.data} onClose={close} />}
      {open === 'cancel' && <CancelDialog meeting={meeting.data} onClose={close} />}
    </Page>
  )
}

function Facts({ meeting }: { meeting: ScheduledMeeting }) {
  const { t, locale } = useText()
  const at = meeting.nextStart ?? meeting.start
  return (
    <Card title={t('meetings.details')}>
      <dl className={styles.facts}>
        <dt>{t(meeting.recurrence === null ? 'meetings.when' : 'meetings.next')}</dt>
        <dd>
          {at === null ? t('meetings.noTime') : longTime(at, locale)}
          {at !== null && meeting.timeZone !== ownTimeZone() && (
            <div className={styles.under}>{longTime(at, locale, meeting.timeZone)}</div>
          )}
        </dd>
        <dt>{t('meetings.duration')}</dt>
        <dd>{t('meetings.minutes', { count: meeting.durationMinutes })}</dd>
        {meeting.recurrence !== null && (
          <>
            <dt>{t('meetings.repeat')}</dt>
            <dd>{ruleText(meeting.recurrence, t)}</dd>
          </>
        )}
        <dt>{t('meetings.timeZone')}</dt>
        <dd>{meeting.timeZone.replaceAll('_', ' ')}</dd>
        <dt>{t('meetings.organizer')}</dt>
        <dd>{meeting.organizer}</dd>
        <dt>{t('meetings.room')}</dt>
        <dd>
          <Link to={`/rooms/${meeting.roomId}`}>{t('meetings.openRoom')}</Link>
        </dd>
        <dt>{t('meetings.code')}</dt>
        <dd>
          <code>{meeting.code}</code>
        </dd>
        <dt>{t('meetings.link')}</dt>
        <dd>
          <CopyField label={t('meetings.link')} copyLabel={t('meetings.copyLink')} value={meeting.url} />
        </dd>
      </dl>
    </Card>
  )
}

const ATTENDEE_TONES: Record<ScheduledMeeting['attendees'][number]['status'], Tone> = {
  pending: 'neutral',
  invited: 'success',
  failed: 'danger',
}

function Attendees({ meeting }: { meeting: ScheduledMeeting }) {
  const { t } = useText()
  return (
    <Card title={t('meetings.attendees')}>
      {meeting.attendees.length === 0 ? (
        <p className={styles.under}>{t('meetings.nobodyInvited')}</p>
      ) : (
        <ul className={styles.attendees}>
          {meeting.attendees.map(({ email, status }) => (
            <li key={email}>
              <span>{email}</span>
              <Badge tone={ATTENDEE_TONES[status]}>{t(`meetings.invitation.${status}`)}</Badge>
            </li>
          ))}
        </ul>
      )}
    </Card>
  )
}

function ReportCard({ id }: { id: string }) {
  const { t, locale } = useText()
  const environment = useEnvironment()
  const [occurrence, setOccurrence] = useState<string>()
  const report = useReport(id, occurrence)
  const data = report.data
  const save = (type: 'text/csv' | 'application/json') => {
    if (data)
      downloadReport(data, type, environment).catch((error: unknown) =>
        toast({ tone: 'danger', text: errorText(error, t) }),
      )
  }
  const wasHeld = data !== undefined && data.startedAt !== null
  return (
    <Card
      flush
      title={t('meetings.report')}
      description={t('meetings.reportPurpose')}
      action={
        wasHeld ? (
          <div className={styles.tools}>
            {data.occurrences.length > 1 && (
              <BareSelect
                label={t('meetings.occurrence')}
                value={occurrence ?? data.occurrence ?? ''}
                onChange={(event) => setOccurrence(event.target.value)}
              >
                {data.occurrences.map((one) => (
                  <option key={one} value={one}>
                    {longTime(one, locale)}
                  </option>
                ))}
              </BareSelect>
            )}
            <Button size="small" onClick={() => save('text/csv')}>
              <Download aria-hidden="true" />
              CSV
            </Button>
            <Button size="small" onClick={() => save('application/json')}>
              <Download aria-hidden="true" />
              JSON
            </Button>
          </div>
        ) : undefined
      }
    >
      <Loaded query={report} skeleton={<ListSkeleton />}>
        {(known) =>
          wasHeld ? (
            <ReportTable report={known} />
          ) : (
            <State icon={<UsersRound aria-hidden="true" />}>{t('meetings.notHeld')}</State>
          )
        }
      </Loaded>
    </Card>
  )
}

function ReportTable({ report }: { report: Report }) {
  const { t, locale } = useText()
  const number = new Intl.NumberFormat(locale, { maximumFractionDigits: 1 })
  const { startedAt, endedAt, participants, messages, recordings } = report
  const isMeasured = participants.some(({ talkSeconds }) => talkSeconds !== null)
  return (
    <>
      <dl className={styles.totals}>
        <div>
          <dt>{t('meetings.began')}</dt>
          <dd>{startedAt === null ? '–' : longTime(startedAt, locale)}</dd>
        </div>
        <div>
          <dt>{t('meetings.ended')}</dt>
          <dd>{endedAt === null ? t('meetings.running') : longTime(endedAt, locale)}</dd>
        </div>
        <div>
          <dt>{t('meetings.people')}</dt>
          <dd>{number.format(participants.length)}</dd>
        </div>
        <div>
          <dt>{t('meetings.messages')}</dt>
          <dd>{messages === null ? t('meetings.notKept') : number.format(messages)}</dd>
        </div>
        <div>
          <dt>{t('meetings.recordings')}</dt>
          <dd>{number.format(recordings.length)}</dd>
        </div>
      </dl>
      <table className={table.table} aria-label={t('meetings.attendance')}>
        <thead>
          <tr>
            <th>{t('meetings.participant')}</th>
            <th className={table.wideOnly}>{t('meetings.present')}</th>
            <th className={table.end}>{t('meetings.minutesShort')}</th>
            {isMeasured && <th className={classNames(table.end, table.wideOnly)}>{t('meetings.talked')}</th>}
          </tr>
        </thead>
        <tbody>
          {participants.map(({ identity, name, joins, minutes, talkSeconds }) => {
            const present = joins
              .map(
                ({ from, to }) =>
                  `${clockTime(from, locale)} – ${to === null ? t('meetings.now') : clockTime(to, locale)}`,
              )
              .join(', ')
            const talked = talkSeconds === null ? '–' : durationText(talkSeconds * 1000, locale)
            return (
              <tr key={identity}>
                <td className={table.main}>
                  <div className={table.named}>
                    <span className={table.name}>{name}</span>
                    <span className={classNames(styles.under, styles.narrow, table.narrowOnly)}>
                      <span>{present}</span>
                      {isMeasured && <span>{t('meetings.talkedFor', { time: talked })}</span>}
                    </span>
                  </div>
                </td>
                <td className={classNames(table.tight, table.muted, table.wideOnly)}>{present}</td>
                <td className={classNames(table.tight, table.end, styles.number)}>
                  {number.format(minutes)}
                </td>
                {isMeasured && (
                  <td className={classNames(table.tight, table.end, table.wideOnly, styles.number)}>
                    {talked}
                  </td>
                )}
              </tr>
            )
          })}
        </tbody>
      </table>
    </>
  )
}

function CancelDialog({ meeting, onClose }: { meeting: ScheduledMeeting; onClose: () => void }) {
  const { t } = useText()
  const navigate = useNavigate()
  const cancel = useCancelMeeting(meeting.id)
  return (
    <Dialog
      title={t('meetings.cancelQuestion', { title: meeting.title })}
      description={t('meetings.cancelText')}
      onClose={onClose}
      onSubmit={() => {
        if (!cancel.isPending)
          cancel.mutate(undefined, {
            onSuccess: () => {
              toast({ text: t('meetings.cancelled', { title: meeting.title }) })
              void navigate('/meetings')
            },
          })
      }}
      actions={
        <>
          <Button onClick={onClose}>{t('meetings.keep')}</Button>
          <Button type="submit" variant="danger" busy={cancel.isPending} data-autofocus>
            {t('meetings.cancel')}
          </Button>
        </>
      }
    >
      {cancel.isError && <Notice tone="danger">{errorText(cancel.error, t)}</Notice>}
    </Dialog>
  )
}
