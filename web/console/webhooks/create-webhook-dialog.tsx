import { useState } from 'react'
import { useText } from '../../locales/console.ts'
import { Button } from '../../ui/button.tsx'
import { CopyField } from '../../ui/copy.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { fieldError } from '../../ui/errors.ts'
import { Choice, ChoiceGroup, TextField } from '../../ui/field.tsx'
import { Notice } from '../../ui/notice.tsx'
import { FormDialog } from '../shell/form-dialog.tsx'
import { hasFault, useWebhookFields, WebhookFields } from './webhook-fields.tsx'
import { TestWebhook } from './test-webhook.tsx'
import { useCreateWebhook, type NewWebhook } from './webhooks.ts'
import styles from './webhooks.module.css'

/** Two steps: where to and what, then the secret, once. `apiKey`: one just generated, which may be the secret. */
export function CreateWebhookDialog({ apiKey, onClose }: { apiKey: string | null; onClose: () => void }) {
  const [made, setMade] = useState<NewWebhook | null>(null)
  return made === null ? (
    <WebhookForm apiKey={apiKey} onClose={onClose} onMade={setMade} />
  ) : (
    <SecretShownOnce made={made} isApiKey={made.secret === apiKey} onClose={onClose} />
  )
}

type Source = 'new' | 'apiKey' | 'own'

function WebhookForm({
  apiKey,
  onClose,
  onMade,
}: {
  apiKey: string | null
  onClose: () => void
  onMade: (made: NewWebhook) => void
}) {
  const { t } = useText()
  const fields = useWebhookFields(null)
  const [source, setSource] = useState<Source>(apiKey === null ? 'new' : 'apiKey')
  const [own, setOwn] = useState('')
  const [attempt, setAttempt] = useState(0)
  const [isChecked, setChecked] = useState(false)
  const create = useCreateWebhook()
  const ownFault = source === 'own' && own.trim() === '' ? t('webhooks.secretRequired') : null
  const sources: Source[] = apiKey === null ? ['new', 'own'] : ['apiKey', 'new', 'own']

  const submit = () => {
    setChecked(true)
    if (hasFault(fields) || ownFault !== null) return setAttempt(attempt + 1)
    const secret = source === 'own' ? own.trim() : source === 'apiKey' ? apiKey : null
    create.mutate(
      { ...fields.values, ...(secret === null ? {} : { secret }) },
      { onSuccess: onMade, onError: () => setAttempt(attempt + 1) },
    )
  }
  return (
    <FormDialog
      wide
      title={t('webhooks.createTitle')}
      description={t('webhooks.createText')}
      action={t('webhooks.doCreate')}
      isBusy={create.isPending}
      attempt={attempt}
      onClose={onClose}
      onSubmit={submit}
    >
      <div className={styles.form}>
        <WebhookFields fields={fields} error={create.error} isChecked={isChecked}>
          <ChoiceGroup legend={t('webhooks.secret')}>
            {sources.map((one) => (
              <Choice
                key={one}
                type="radio"
                name="secret"
                label={t(`webhooks.sources.${one}`)}
                hint={t(`webhooks.sourceHints.${one}`)}
                checked={source === one}
                onChange={() => setSource(one)}
              />
            ))}
          </ChoiceGroup>
          {source === 'own' && (
            <TextField
              label={t('webhooks.ownSecret')}
              hint={t('webhooks.ownSecretHint')}
              value={own}
              maxLength={200}
              autoComplete="off"
              spellCheck={false}
              onChange={(event) => setOwn(event.target.value)}
              error={(isChecked ? ownFault : null) ?? fieldError(create.error, 'secret')}
            />
          )}
        </WebhookFields>
      </div>
    </FormDialog>
  )
}

/** A new secret, whole. Closes only by its button, so that a stray click does not lose it. */
export function SecretShownOnce({
  made,
  isApiKey = false,
  onClose,
}: {
  made: NewWebhook
  isApiKey?: boolean
  onClose: () => void
}) {
  const { t } = useText()
  return (
    <Dialog
      wide
      dismissable={false}
      title={t('webhooks.readyTitle')}
      description={made.url}
      onClose={onClose}
      actions={
        <Button variant="primary" onClick={onClose}>
          {t('webhooks.saved')}
        </Button>
      }
    >
      <div className={styles.form}>
        <Notice tone="warning" title={t('webhooks.onceTitle')}>
          {t(isApiKey ? 'webhooks.onceKey' : 'webhooks.once')}
        </Notice>
        <CopyField
          label={t('webhooks.secret')}
          copyLabel={t('webhooks.copySecret')}
          value={made.secret}
          autoFocus
        />
        <TestWebhook webhook={made} />
      </div>
    </Dialog>
  )
}
