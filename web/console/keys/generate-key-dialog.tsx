import { useState } from 'react'
import { useText } from '../../locales/console.ts'
import { fieldError } from '../../ui/errors.ts'
import { Choice, ChoiceGroup } from '../../ui/field.tsx'
import { useEnvironment } from '../shell/environment.ts'
import { FormDialog } from '../shell/form-dialog.tsx'
import styles from './api-keys.module.css'
import { hasFault, KeyFields, useKeyFields } from './key-fields.tsx'
import { KeyShownOnce } from './key-shown-once.tsx'
import { useGenerateKey, type NewApiKey } from './keys.ts'

/** Two steps: what the key is for, then the key itself, once. */
export function GenerateKeyDialog({
  onClose,
  onUseForWebhook,
}: {
  onClose: () => void
  onUseForWebhook: (key: string) => void
}) {
  const [made, setMade] = useState<NewApiKey | null>(null)
  return made === null ? (
    <KeyForm onClose={onClose} onMade={setMade} />
  ) : (
    <KeyShownOnce made={made} onClose={onClose} onUseForWebhook={onUseForWebhook} />
  )
}

function KeyForm({ onClose, onMade }: { onClose: () => void; onMade: (made: NewApiKey) => void }) {
  const { t } = useText()
  const current = useEnvironment()
  const [environment, setEnvironment] = useState(current)
  const [attempt, setAttempt] = useState(0)
  const [isChecked, setChecked] = useState(false)
  const generate = useGenerateKey()
  const fields = useKeyFields(null)

  const submit = () => {
    setChecked(true)
    if (hasFault(fields)) return setAttempt(attempt + 1)
    generate.mutate(
      { ...fields.values, environment },
      { onSuccess: onMade, onError: () => setAttempt(attempt + 1) },
    )
  }
  return (
    <FormDialog
      title={t('keys.generateTitle')}
      description={t('keys.generateText')}
      action={t('keys.doGenerate')}
      isBusy={generate.isPending}
      attempt={attempt}
      onClose={onClose}
      onSubmit={submit}
    >
      <div className={styles.form}>
        <KeyFields
          fields={fields}
          error={generate.error}
          sent={generate.variables?.allowedIps ?? []}
          isChecked={isChecked}
        >
          <ChoiceGroup legend={t('keys.environment')} error={fieldError(generate.error, 'environment')}>
            {(['live', 'test'] as const).map((one) => (
              <Choice
                key={one}
                type="radio"
                name="environment"
                label={t(`shell.${one}`)}
                hint={t(`keys.${one}Hint`)}
                checked={environment === one}
                onChange={() => setEnvironment(one)}
              />
            ))}
          </ChoiceGroup>
        </KeyFields>
      </div>
    </FormDialog>
  )
}
