import { useRef, useState } from 'react'
import { useText } from '../../locales/console.ts'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { useFocusFirstError } from '../../ui/focus-first-error.ts'
import { toast } from '../../ui/toast.tsx'
import styles from './api-keys.module.css'
import { hasFault, KeyFields, useKeyFields } from './key-fields.tsx'
import { useUpdateKey, type ApiKey } from './keys.ts'

/** Changes name, permissions, allowed addresses and expiry; the key itself stays as it is. */
export function EditKeyDialog({ apiKey, onClose }: { apiKey: ApiKey; onClose: () => void }) {
  const { t } = useText()
  const [attempt, setAttempt] = useState(0)
  const [isChecked, setChecked] = useState(false)
  const form = useRef<HTMLDivElement>(null)
  const update = useUpdateKey(apiKey.id)
  const fields = useKeyFields(apiKey)
  useFocusFirstError(form, attempt)

  const submit = () => {
    setChecked(true)
    if (hasFault(fields)) return setAttempt(attempt + 1)
    update.mutate(fields.values, {
      onSuccess: () => {
        toast({ text: t('keys.changed', { name: fields.values.name }) })
        onClose()
      },
      onError: () => setAttempt(attempt + 1),
    })
  }
  return (
    <Dialog
      title={t('keys.editTitle', { name: apiKey.name })}
      description={t('keys.editText')}
      onClose={onClose}
      onSubmit={submit}
      actions={
        <>
          <Button onClick={onClose}>{t('ui.cancel')}</Button>
          <Button type="submit" variant="primary" busy={update.isPending}>
            {t('ui.save')}
          </Button>
        </>
      }
    >
      <div ref={form} className={styles.form}>
        <KeyFields
          fields={fields}
          error={update.error}
          sent={update.variables?.allowedIps ?? []}
          isChecked={isChecked}
        />
      </div>
    </Dialog>
  )
}
