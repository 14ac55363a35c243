import { useRef, useState } from 'react'
import { useText } from '../../locales/console.ts'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { errorText } from '../../ui/errors.ts'
import { useFocusFirstError } from '../../ui/focus-first-error.ts'
import { Notice } from '../../ui/notice.tsx'
import { toast } from '../../ui/toast.tsx'
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
  const form = useRef<HTMLDivElement>(null)
  const update = useUpdateWebhook(webhook.id)
  useFocusFirstError(form, attempt)
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
    <Dialog
      wide
      title={t('webhooks.editTitle')}
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
        <WebhookFields fields={fields} error={update.error} isChecked={isChecked} />
      </div>
    </Dialog>
  )
}

/** Gives it a new secret, shown once. */
export function ReplaceSecretDialog({ webhook, onClose }: Props) {
  const { t } = useText()
  const [made, setMade] = useState<NewWebhook | null>(null)
  const replace = useReplaceSecret(webhook.id)
  if (made !== null) return <SecretShownOnce made={made} onClose={onClose} />
  return (
    <Dialog
      title={t('webhooks.replaceTitle')}
      description={webhook.url}
      onClose={onClose}
      onSubmit={() => replace.mutate(undefined, { onSuccess: setMade })}
      actions={
        <>
          <Button onClick={onClose}>{t('ui.cancel')}</Button>
          <Button type="submit" variant="primary" busy={replace.isPending}>
            {t('webhooks.doReplace')}
          </Button>
        </>
      }
    >
      {replace.isError && <Notice tone="danger">{errorText(replace.error, t)}</Notice>}
      <p>{t('webhooks.replaceText')}</p>
    </Dialog>
  )
}

export function DeleteWebhookDialog({ webhook, onClose, onDeleted }: Props & { onDeleted: () => void }) {
  const { t } = useText()
  const remove = useDeleteWebhook(webhook.id)
  const submit = () =>
    remove.mutate(undefined, {
      onSuccess: () => {
        toast({ text: t('webhooks.deleted') })
        onClose()
        onDeleted()
        focusHeading()
      },
    })
  return (
    <Dialog
      title={t('webhooks.deleteTitle')}
      description={webhook.url}
      onClose={onClose}
      onSubmit={submit}
      actions={
        <>
          <Button onClick={onClose}>{t('ui.cancel')}</Button>
          <Button type="submit" variant="danger" busy={remove.isPending}>
            {t('webhooks.doDelete')}
          </Button>
        </>
      }
    >
      {remove.isError && <Notice tone="danger">{errorText(remove.error, t)}</Notice>}
      <p>{t('webhooks.deleteText')}</p>
    </Dialog>
  )
}
