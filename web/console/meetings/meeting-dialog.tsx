import { useState } from 'react'
import { useText } from '../../locales/console.ts'
import { errorText, fieldError, formError } from '../../ui/errors.ts'
import { SelectField, TextAreaField, TextField } from '../../ui/field.tsx'
import { Notice } from '../../ui/notice.tsx'
import { toast } from '../../ui/toast.tsx'
import { FormDialog } from '../shell/form-dialog.tsx'
import styles from './meeting-dialog.module.css'
import { type MeetingValues, type ScheduledMeeting, useSchedule, useUpdateMeeting } from './meetings.ts'
import { type Choice, choiceOf, REPEATS, ruleOf } from './recurrence.ts'
import { nextHour, ownTimeZone, timeZones, wallTime } from './times.ts'

const DURATIONS = [15, 30, 45, 60, 90, 120, 180, 240]
const FIELDS = ['title', 'start', 'durationMinutes', 'timeZone', 'recurrence', 'attendees']

/** Schedules a meeting, at a given time if the reader chose one. */
export function ScheduleDialog({ at, onClose }: { at?: Date; onClose: () => void }) {
  const { t } = useText()
  const schedule = useSchedule()
  return (
    <MeetingForm
      title={t('meetings.scheduleTitle')}
      action={t('meetings.schedule')}
      meeting={null}
      at={at}
      error={schedule.error}
      isBusy={schedule.isPending}
      onClose={onClose}
      onSubmit={(values) =>
        schedule.mutate(values, {
          onSuccess: () => {
            toast({ text: t('meetings.scheduled', { title: values.title }) })
            onClose()
          },
        })
      }
    />
  )
}

export function EditMeetingDialog({ meeting, onClose }: { meeting: ScheduledMeeting; onClose: () => void }) {
  const { t } = useText()
  const update = useUpdateMeeting(meeting.id)
  return (
    <MeetingForm
      title={t('meetings.editTitle')}
      action={t('ui.save')}
      meeting={meeting}
      error={update.error}
      isBusy={update.isPending}
      onClose={onClose}
      onSubmit={(values) =>
        update.mutate(values, {
          onSuccess: () => {
            toast({ text: t('settings.saved') })
            onClose()
          },
        })
      }
    />
  )
}

function MeetingForm({
  title,
  action,
  meeting,
  at,
  error,
  isBusy,
  onClose,
  onSubmit,
}: {
  title: string
  action: string
  meeting: ScheduledMeeting | null
  at?: Date | undefined
  error: unknown
  isBusy: boolean
  onClose: () => void
  onSubmit: (values: MeetingValues) => void
}) {
  const { t } = useText()
  const [name, setName] = useState(meeting?.title ?? '')
  const [timeZone, setTimeZone] = useState(meeting?.timeZone ?? ownTimeZone())
  const [initialStart] = useState(() =>
    meeting?.start === null
      ? ''
      : wallTime(meeting === null ? (at ?? nextHour(Date.now())) : new Date(meeting.start), timeZone),
  )
  const [start, setStart] = useState(initialStart)
  const [minutes, setMinutes] = useState(meeting?.durationMinutes ?? 60)
  const [choice, setChoice] = useState<Choice>(() => choiceOf(meeting?.recurrence ?? null))
  const [attendees, setAttendees] = useState(meeting?.attendees.map(({ email }) => email).join('\n') ?? '')
  const [attempt, setAttempt] = useState(0)
  const titleFault = name.trim() === '' ? t('meetings.titleRequired') : null
  const change = (part: Partial<Choice>) => setChoice((old) => ({ ...old, ...part }))
  const submit = () => {
    setAttempt(attempt + 1)
    if (titleFault !== null) return
    const isSameTime = meeting !== null && start === initialStart && timeZone === meeting.timeZone
    onSubmit({
      title: name.trim(),
      // An untouched start stays as exact as it is; the field knows minutes only.
      start: isSameTime ? meeting.start : start === '' ? null : start,
      durationMinutes: minutes,
      timeZone,
      recurrence: start === '' ? null : ruleOf(choice, start),
      attendees: attendees.split(/[,;\s]+/).filter((email) => email !== ''),
    })
  }
  const fault = formError(error, FIELDS, t)
  const hasRule = choice.repeat !== 'none' && choice.repeat !== 'custom'
  return (
    <FormDialog
      title={title}
      action={action}
      isBusy={isBusy}
      attempt={attempt}
      onClose={onClose}
      onSubmit={submit}
    >
      <div className={styles.form}>
        {fault !== null && <Notice tone="danger">{errorText(error, t)}</Notice>}
        <TextField
          label={t('meetings.title')}
          value={name}
          maxLength={200}
          data-autofocus
          autoComplete="off"
          error={(attempt > 0 ? titleFault : null) ?? fieldError(error, 'title')}
          onChange={(event) => setName(event.target.value)}
        />
        <div className={styles.row}>
          <TextField
            type="datetime-local"
            label={t('meetings.start')}
            hint={t('meetings.startHint')}
            value={start}
            error={fieldError(error, 'start')}
            onChange={(event) => setStart(event.target.value)}
          />
          <SelectField
            label={t('meetings.duration')}
            value={minutes}
            error={fieldError(error, 'durationMinutes')}
            onChange={(event) => setMinutes(Number(event.target.value))}
          >
            {[...new Set([...DURATIONS, minutes])]
              .sort((a, b) => a - b)
              .map((one) => (
                <option key={one} value={one}>
                  {t('meetings.minutes', { count: one })}
                </option>
              ))}
          </SelectField>
        </div>
        <SelectField
          label={t('meetings.timeZone')}
          value={timeZone}
          error={fieldError(error, 'timeZone')}
          onChange={(event) => setTimeZone(event.target.value)}
        >
          {timeZones(timeZone).map((zone) => (
            <option key={zone} value={zone}>
              {zone.replaceAll('_', ' ')}
            </option>
          ))}
        </SelectField>
        <SelectField
          label={t('meetings.repeat')}
          value={choice.repeat}
          disabled={start === ''}
          error={choice.repeat === 'custom' ? null : fieldError(error, 'recurrence')}
          onChange={(event) =>
            change({ repeat: REPEATS.find((one) => one === event.target.value) ?? 'none' })
          }
        >
          {REPEATS.map((one) => (
            <option key={one} value={one}>
              {t(`meetings.repeats.${one}`)}
            </option>
          ))}
        </SelectField>
        {choice.repeat === 'custom' && (
          <TextField
            label={t('meetings.rule')}
            hint={t('meetings.ruleHint')}
            value={choice.rule}
            spellCheck={false}
            autoComplete="off"
            error={fieldError(error, 'recurrence')}
            onChange={(event) => change({ rule: event.target.value })}
          />
        )}
        {hasRule && (
          <div className={styles.row}>
            <SelectField
              label={t('meetings.ends')}
              value={choice.ends}
              onChange={(event) =>
                change({
                  ends:
                    (['never', 'on', 'after'] as const).find((one) => one === event.target.value) ?? 'never',
                })
              }
            >
              <option value="never">{t('meetings.endsNever')}</option>
              <option value="on">{t('meetings.endsOn')}</option>
              <option value="after">{t('meetings.endsAfter')}</option>
            </SelectField>
            {choice.ends === 'on' && (
              <TextField
                type="date"
                label={t('meetings.lastDay')}
                value={choice.until}
                min={start.slice(0, 10)}
                required
                onChange={(event) => change({ until: event.target.value })}
              />
            )}
            {choice.ends === 'after' && (
              <TextField
                type="number"
                label={t('meetings.times')}
                value={choice.count}
                min={1}
                max={1000}
                onChange={(event) => change({ count: event.target.value })}
              />
            )}
          </div>
        )}
        <TextAreaField
          optional
          label={t('meetings.attendees')}
          hint={t('meetings.attendeesHint')}
          value={attendees}
          rows={3}
          spellCheck={false}
          autoCapitalize="none"
          error={fieldError(error, 'attendees')}
          onChange={(event) => setAttendees(event.target.value)}
        />
      </div>
    </FormDialog>
  )
}
