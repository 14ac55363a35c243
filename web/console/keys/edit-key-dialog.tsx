import { useState } from 'react'
import { useText } from '../../locales/console.ts'
import { toast } from '../../ui/toast.tsx'
import { FormDialog } from '../shell/form-dialog.tsx'
import styles from './api-keys.module.css'
import { hasFault, KeyFields, useKeyFields } from './key-fields.tsx'
import { useUpdateKey, type ApiKey } from './keys.ts'

/** Changes name, permissions, allowed addresses and expiry; the key itself stays as it is. */
export function EditKeyDialog({ apiKey, onClose }: { apiKey: ApiKey; onClose: () => void }) {
  const { t } = useText()
  const [attempt, setAttempt] = useState(0)
  const [isChecked, setChecked] = useState(false)
  const update = useUpdateKey(apiKey.id)
  const fields = useKeyFields(apiKey)

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
    <FormDialog
      title={t('keys.editTitle', { name: apiKey.name })}
      description={t('keys.editText')}
      action={t('ui.save')}
      isBusy={update.isPending}
      attempt={attempt}
      onClose={onClose}
      onSubmit={submit}
    >
      <div className={styles.form}>
        <KeyFields
          fields={fields}
          error={update.error}
          sent={update.variables?.allowedIps ?? []}
          isChecked={isChecked}
        />
      </div>
    </FormDialog>
  )
}
