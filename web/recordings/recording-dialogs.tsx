import { useEffect, useState } from 'react'
import { useText } from '../locales/console.ts'
import { Button } from '../ui/button.tsx'
import { CopyIconButton } from '../ui/copy.tsx'
import { Dialog } from '../ui/dialog.tsx'
import { errorText } from '../ui/errors.ts'
import { SelectField, TextField } from '../ui/field.tsx'
import { Notice } from '../ui/notice.tsx'
import { toast } from '../ui/toast.tsx'
import { Confirm } from '../console/shell/confirm.tsx'
import { FormDialog } from '../console/shell/form-dialog.tsx'
import { linkTo, useDeleteRecordings, useRenameRecording } from './recordings.ts'
import styles from './recordings.module.css'
import { titleOf, type Recording, type Source } from './source.ts'

interface DeleteProps {
  source: Source
  recordings: Recording[]
  onClose: () => void
  onDone?: () => void
}

export function DeleteDialog({ source, recordings, onClose, onDone }: DeleteProps) {
  const { t } = useText()
  const deletion = useDeleteRecordings(source)
  const [first] = recordings
  return (
    <Confirm
      title={
        recordings.length === 1 && first
          ? t('recordings.deleteTitle', { name: titleOf(first) })
          : t('recordings.deleteManyTitle', { count: recordings.length })
      }
      text={t('recordings.deleteText')}
      action={t('recordings.delete')}
      mutation={deletion}
      variables={recordings.map(({ recordingId }) => recordingId)}
      onDone={({ deleted, failed }) => {
        if (failed.length === 0) toast({ text: t('recordings.deleted', { count: deleted.length }) })
        else toast({ tone: 'danger', text: t('recordings.notDeleted', { count: failed.length }) })
        onDone?.()
        onClose()
      }}
      onClose={onClose}
    />
  )
}

interface OneProps {
  source: Source
  recording: Recording
  onClose: () => void
}

export function RenameDialog({ source, recording, onClose }: OneProps) {
  const { t } = useText()
  const [title, setTitle] = useState(recording.title ?? '')
  const rename = useRenameRecording(source)
  const submit = () => rename.mutate({ recordingId: recording.recordingId, title }, { onSuccess: onClose })
  return (
    <FormDialog
      title={t('recordings.renameTitle')}
      action={t('recordings.save')}
      isBusy={rename.isPending}
      onClose={onClose}
      onSubmit={submit}
    >
      {rename.isError && <Notice tone="danger">{errorText(rename.error, t)}</Notice>}
      <TextField
        data-autofocus
        label={t('recordings.name')}
        hint={t('recordings.nameHint', { name: recording.roomName })}
        maxLength={100}
        value={title}
        onChange={({ target }) => setTitle(target.value)}
      />
    </FormDialog>
  )
}

const DAY = 86_400
const LIVES = [null, DAY, 7 * DAY, 30 * DAY] as const

/** A link for others: for anybody or for who is signed in, for a time or for good. */
export function ShareDialog({ source, recording, onClose }: OneProps) {
  const { t } = useText()
  const [isPrivate, setPrivate] = useState(false)
  const [expiresInSeconds, setExpires] = useState<number | null>(7 * DAY)
  const [made, setMade] = useState<{ url: string } | { error: unknown } | null>(null)
  const { recordingId } = recording
  useEffect(() => {
    let isCurrent = true
    const show = (value: typeof made) => {
      if (isCurrent) setMade(value)
    }
    linkTo(source, recordingId, { isPrivate, expiresInSeconds }).then(show, (error: unknown) =>
      show({ error }),
    )
    return () => {
      isCurrent = false
    }
  }, [source, recordingId, isPrivate, expiresInSeconds])
  return (
    <Dialog
      title={t('recordings.shareTitle', { name: titleOf(recording) })}
      onClose={onClose}
      actions={<Button onClick={onClose}>{t('ui.close')}</Button>}
    >
      <SelectField
        label={t('recordings.who')}
        value={isPrivate ? 'private' : 'public'}
        onChange={({ target }) => setPrivate(target.value === 'private')}
      >
        <option value="public">{t('recordings.whoPublic')}</option>
        <option value="private">{t('recordings.whoPrivate')}</option>
      </SelectField>
      <SelectField
        label={t('recordings.until')}
        value={String(expiresInSeconds ?? '')}
        onChange={({ target }) => setExpires(target.value === '' ? null : Number(target.value))}
      >
        {LIVES.map((seconds) => (
          <option key={seconds ?? 'never'} value={seconds ?? ''}>
            {seconds === null ? t('recordings.noEnd') : t('recordings.days', { count: seconds / DAY })}
          </option>
        ))}
      </SelectField>
      {made !== null && 'error' in made && <Notice tone="danger">{errorText(made.error, t)}</Notice>}
      {made !== null && 'url' in made && (
        <div className={styles.link}>
          <input
            readOnly
            aria-label={t('recordings.link')}
            value={made.url}
            onFocus={({ target }) => target.select()}
          />
          <CopyIconButton text={made.url} label={t('recordings.copyLink')} variant="secondary" />
        </div>
      )}
    </Dialog>
  )
}
