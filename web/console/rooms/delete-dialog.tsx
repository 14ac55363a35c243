import { useState } from 'react'
import { useText, type Translate } from '../../locales/console.ts'
import { errorText } from '../../ui/errors.ts'
import { Choice, ChoiceGroup } from '../../ui/field.tsx'
import { Notice } from '../../ui/notice.tsx'
import { toast } from '../../ui/toast.tsx'
import { FormDialog } from '../shell/form-dialog.tsx'
import { deletionText, questionsFor, type Questions } from './deletion.ts'
import { useDeleteRooms, type DeletionPolicy, type Room } from './rooms.ts'

interface DeleteDialogProps {
  rooms: Pick<Room, 'roomId' | 'roomName' | 'status'>[]
  onClose: () => void
  /** Called when nothing is left to decide. */
  onDone: () => void
}

/**
 * Deletes one room or many. What the server refuses because of a running meeting or recordings is asked for here, for the
 * rooms that are left.
 */
export function DeleteDialog({ rooms, onClose, onDone }: DeleteDialogProps) {
  const { t } = useText()
  const [left, setLeft] = useState(rooms)
  const [asked, setAsked] = useState<Questions>({
    meeting: rooms.some((room) => room.status === 'active_meeting'),
    recordings: false,
  })
  const [meeting, setMeeting] = useState<'when_meeting_ends' | 'force'>('when_meeting_ends')
  const [recordings, setRecordings] = useState<'close' | 'force'>('close')
  const [fault, setFault] = useState<string | null>(null)
  const deletion = useDeleteRooms()
  const areMany = left.length > 1

  /** After a refusal: either there is something to decide, or all one can do is read why. */
  const ask = (codes: string[], message: string) => {
    const questions = questionsFor(codes)
    const isNew =
      questions !== null &&
      ((questions.meeting && !asked.meeting) || (questions.recordings && !asked.recordings))
    if (isNew) setAsked(questions)
    setFault(isNew ? null : message)
  }

  const submit = () => {
    setFault(null)
    const policy: DeletionPolicy = {
      withMeeting: asked.meeting ? meeting : 'fail',
      withRecordings: asked.recordings ? recordings : 'fail',
    }
    deletion.mutate(
      { roomIds: left.map((room) => room.roomId), policy },
      {
        onSuccess: ({ done, refused }) => {
          if (done.length > 0) toast({ text: summary(done, t) })
          if (refused.length === 0) return onDone()
          const stays = new Set(refused.map((one) => one.roomId))
          setLeft(left.filter((room) => stays.has(room.roomId)))
          ask(
            refused.map((one) => one.code),
            [...new Set(refused.map((one) => one.message))].join(' '),
          )
        },
        onError: (error) => setFault(errorText(error, t)),
      },
    )
  }
  const isPartlyDone = left.length < rooms.length
  return (
    <FormDialog
      title={
        areMany
          ? t('rooms.deleteManyTitle', { count: left.length })
          : t('rooms.deleteTitle', { name: left[0]?.roomName ?? '' })
      }
      description={t(areMany ? 'rooms.deleteManyText' : 'rooms.deleteText')}
      action={t('rooms.confirmDelete')}
      isDanger
      isBusy={deletion.isPending}
      isCancelFirst
      onClose={onClose}
      onSubmit={submit}
    >
      {(isPartlyDone || fault !== null || asked.meeting || asked.recordings) && (
        <>
          {isPartlyDone && <Notice tone="warning">{t('rooms.someFailed', { count: left.length })}</Notice>}
          {fault !== null && <Notice tone="danger">{fault}</Notice>}
          {asked.meeting && (
            <ChoiceGroup legend={t(areMany ? 'rooms.meetingLegendMany' : 'rooms.meetingLegend')}>
              <Choice
                type="radio"
                name="meeting"
                label={t('rooms.meetingLater')}
                hint={t('rooms.meetingLaterHint')}
                checked={meeting === 'when_meeting_ends'}
                onChange={() => setMeeting('when_meeting_ends')}
              />
              <Choice
                type="radio"
                name="meeting"
                label={t('rooms.meetingNow')}
                hint={t('rooms.meetingNowHint')}
                checked={meeting === 'force'}
                onChange={() => setMeeting('force')}
              />
            </ChoiceGroup>
          )}
          {asked.recordings && (
            <ChoiceGroup legend={t(areMany ? 'rooms.recordingsLegendMany' : 'rooms.recordingsLegend')}>
              <Choice
                type="radio"
                name="recordings"
                label={t('rooms.recordingsKeep')}
                hint={t('rooms.recordingsKeepHint')}
                checked={recordings === 'close'}
                onChange={() => setRecordings('close')}
              />
              <Choice
                type="radio"
                name="recordings"
                label={t('rooms.recordingsDelete')}
                hint={t('rooms.recordingsDeleteHint')}
                checked={recordings === 'force'}
                onChange={() => setRecordings('force')}
              />
            </ChoiceGroup>
          )}
        </>
      )}
    </FormDialog>
  )
}

const SUMMARY = {
  'rooms.deleted': 'rooms.deletedMany',
  'rooms.scheduledDelete': 'rooms.scheduledDeleteMany',
  'rooms.scheduledClose': 'rooms.scheduledCloseMany',
  'rooms.closedKept': 'rooms.closedKeptMany',
} as const

/** What became of the rooms: a sentence for one, counts for many. */
function summary(successCodes: string[], t: Translate): string {
  const outcomes = successCodes.map(deletionText)
  const [first] = outcomes
  if (outcomes.length === 1 && first !== undefined) return t(first)
  return (Object.keys(SUMMARY) as (keyof typeof SUMMARY)[])
    .filter((outcome) => outcomes.includes(outcome))
    .map((outcome) => t(SUMMARY[outcome], { count: outcomes.filter((one) => one === outcome).length }))
    .join(' · ')
}
