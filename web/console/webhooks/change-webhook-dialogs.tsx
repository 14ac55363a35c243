import { useState } from 'react'
import { useText } from '../../locales/console.ts'
import { toast } from '../../ui/toast.tsx'
import { Confirm } from '../shell/confirm.tsx'
import { FormDialog } from '../shell/form-dialog.tsx'
import { focusHeading } from '../shell/page.tsx'
import { SecretShownOnce } from './create-webhook-dialog.tsx'
import { hasFault, useWebhookFields, WebhookFields } from './webhook-fields.tsx'
import {
  useDeleteWebhook,
  useReplaceSecret,
  useUpdateWebhook,
  type NewWebhook,
  type Webhook,
} from './webhooks.ts'
import styles from './webhooks.module.css'

interface Props {
  webhook: Webhook
  onClose: () => void
}

/** Changes address and events. */
export function EditWebhookDialog({ webhook, onClose }: Props) {
  const { t } = useText()
  const fields = useWebhookFields(webhook)
  const [attempt, setAttempt] = useState(0)
  const [isChecked, setChecked] = useState(false)
  const update = useUpdateWebhook(webhook.id)
  const submit = () => {
    setChecked(true)
    if (hasFault(fields)) return setAttempt(attempt + 1)
    update.mutate(fields.values, {
      onSuccess: () => {
        toast({ text: t('webhooks.changed') })
        onClose()
      },
      onError: () => setAttempt(attempt + 1),
    })
  }
  return (
    <FormDialog
      wide
      title={t('webhooks.editTitle')}
      action={t('ui.save')}
      isBusy={update.isPending}
      attempt={attempt}
      onClose={onClose}
      onSubmit={submit}
    >
      <div className={styles.form}>
        <WebhookFields fields={fields} error={update.error} isChecked={isChecked} />
      </div>
    </FormDialog>
  )
}

/** Gives it a new secret, shown once. */
export function ReplaceSecretDialog({ webhook, onClose }: Props) {
  const { t } = useText()
  const [made, setMade] = useState<NewWebhook | null>(null)
  const replace = useReplaceSecret(webhook.id)
  if (made !== null) return <SecretShownOnce made={made} onClose={onClose} />
  return (
    <Confirm
      title={t('webhooks.replaceTitle')}
      text={webhook.url}
      action={t('webhooks.doReplace')}
      mutation={replace}
      variables={undefined}
      onDone={setMade}
      onClose={onClose}
    >
      <p>{t('webhooks.replaceText')}</p>
    </Confirm>
  )
}

export function DeleteWebhookDialog({ webhook, onClose, onDeleted }: Props & { onDeleted: () => void }) {
  const { t } = useText()
  return (
    <Confirm
      title={t('webhooks.deleteTitle')}
      text={webhook.url}
      action={t('webhooks.doDelete')}
      mutation={useDeleteWebhook(webhook.id)}
      variables={undefined}
      done={t('webhooks.deleted')}
      onDone={() => {
        onClose()
        onDeleted()
        focusHeading()
      }}
      onClose={onClose}
    >
      <p>{t('webhooks.deleteText')}</p>
    </Confirm>
  )
}
