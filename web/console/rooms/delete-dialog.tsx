import { useState } from 'react'
import { ApiError } from '../../api/client.ts'
import { useText } from '../../locales/console.ts'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { errorText } from '../../ui/errors.ts'
import { Choice, ChoiceGroup } from '../../ui/field.tsx'
import { Notice } from '../../ui/notice.tsx'
import { toast } from '../../ui/toast.tsx'
import { deletionText, questionsFor, type Questions } from './deletion.ts'
import { useDeleteRoom, useDeleteRooms, type DeletionPolicy, type Room } from './rooms.ts'

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
  const deleteRoom = useDeleteRoom()
  const deleteRooms = useDeleteRooms()
  const isMany = rooms.length > 1
  const areMany = left.length > 1

  /** After a refusal: either there is something to decide, or all one can do is read why. */
  const ask = (codes: (string | undefined)[], message: string) => {
    const questions = questionsFor(codes)
    const isNew =
      questions !== null &&
      ((questions.meeting && !asked.meeting) || (questions.recordings && !asked.recordings))
    if (isNew) setAsked(questions)
    setFault(isNew ? null : message)
  }

  const submit = async () => {
    setFault(null)
    const policy: DeletionPolicy = {
      withMeeting: asked.meeting ? meeting : 'fail',
      withRecordings: asked.recordings ? recordings : 'fail',
    }
    try {
      const [only] = left
      if (!isMany && only !== undefined) {
        const { successCode } = await deleteRoom.mutateAsync({ roomId: only.roomId, ...policy })
        toast({ text: t(deletionText(successCode)) })
      } else {
        const { deleted } = await deleteRooms.mutateAsync({
          roomIds: left.map((room) => room.roomId),
          ...policy,
        })
        const isAllGone = deleted.every((one) => deletionText(one.successCode) === 'rooms.deleted')
        toast({ text: t(isAllGone ? 'rooms.deletedMany' : 'rooms.processed', { count: deleted.length }) })
      }
      onDone()
    } catch (error) {
      const failed = failures(error)
      if (failed === null)
        return ask(
          error instanceof ApiError ? [error.error, error.code].filter(isRefusal) : [],
          errorText(error, t),
        )
      const stays = new Set(failed.map((one) => one.roomId))
      setLeft(left.filter((room) => stays.has(room.roomId)))
      ask(
        failed.map((one) => one.error),
        [...new Set(failed.map((one) => one.message))].join(' '),
      )
    }
  }

  const isBusy = deleteRoom.isPending || deleteRooms.isPending
  const isPartlyDone = left.length < rooms.length
  return (
    <Dialog
      title={
        areMany
          ? t('rooms.deleteManyTitle', { count: left.length })
          : t('rooms.deleteTitle', { name: left[0]?.roomName ?? '' })
      }
      description={t(areMany ? 'rooms.deleteManyText' : 'rooms.deleteText')}
      onClose={onClose}
      onSubmit={() => void submit()}
      actions={
        <>
          <Button data-autofocus onClick={onClose}>
            {t('ui.cancel')}
          </Button>
          <Button type="submit" variant="danger" busy={isBusy}>
            {t('rooms.confirmDelete')}
          </Button>
        </>
      }
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
    </Dialog>
  )
}

const isRefusal = (code: string | undefined) => code !== undefined && questionsFor([code]) !== null

interface Failure {
  roomId: string
  error: string
  message: string
}

/** The rooms that a bulk deletion left, from its 400 answer. */
function failures(error: unknown): Failure[] | null {
  if (!(error instanceof ApiError)) return null
  const { failed } = error.body as { failed?: Failure[] }
  return Array.isArray(failed) ? failed : null
}
