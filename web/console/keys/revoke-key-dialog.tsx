import { useRef, useState } from 'react'
import { useText } from '../../locales/console.ts'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { errorText } from '../../ui/errors.ts'
import { TextField } from '../../ui/field.tsx'
import { useFocusFirstError } from '../../ui/focus-first-error.ts'
import { Notice } from '../../ui/notice.tsx'
import { toast } from '../../ui/toast.tsx'
import { focusHeading } from '../shell/page.tsx'
import styles from './api-keys.module.css'
import { useRevokeKey, type ApiKey } from './keys.ts'

/** Revoking cannot be undone and may stop somebody's product, so the key's name has to be typed. */
export function RevokeKeyDialog({ apiKey, onClose }: { apiKey: ApiKey; onClose: () => void }) {
  const { t } = useText()
  const [typed, setTyped] = useState('')
  const [attempt, setAttempt] = useState(0)
  const form = useRef<HTMLDivElement>(null)
  const revoke = useRevokeKey()
  useFocusFirstError(form, attempt)
  const isMatch = typed.trim() === apiKey.name.trim()
  const submit = () => {
    if (!isMatch) return setAttempt(attempt + 1)
    revoke.mutate(apiKey.id, {
      onSuccess: () => {
        toast({ text: t('keys.revoked', { name: apiKey.name }) })
        onClose()
        focusHeading()
      },
    })
  }
  return (
    <Dialog
      title={t('keys.revokeTitle', { name: apiKey.name })}
      description={t('keys.revokeText')}
      onClose={onClose}
      onSubmit={submit}
      actions={
        <>
          <Button onClick={onClose}>{t('ui.cancel')}</Button>
          <Button type="submit" variant="danger" busy={revoke.isPending}>
            {t('keys.confirmRevoke')}
          </Button>
        </>
      }
    >
      <div ref={form} className={styles.form}>
        {revoke.isError && <Notice tone="danger">{errorText(revoke.error, t)}</Notice>}
        <TextField
          label={t('keys.typeName', { name: apiKey.name })}
          value={typed}
          data-autofocus
          autoComplete="off"
          spellCheck={false}
          onChange={(event) => setTyped(event.target.value)}
          error={attempt > 0 && !isMatch ? t('keys.nameMismatch') : null}
        />
      </div>
    </Dialog>
  )
}
