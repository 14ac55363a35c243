import { useState } from 'react'
import { useText } from '../../locales/console.ts'
import { errorText } from '../../ui/errors.ts'
import { Choice, ChoiceGroup } from '../../ui/field.tsx'
import { Notice } from '../../ui/notice.tsx'
import { dateTime } from '../../ui/time.tsx'
import { FormDialog } from '../shell/form-dialog.tsx'
import styles from './api-keys.module.css'
import { KeyShownOnce } from './key-shown-once.tsx'
import { useRotateKey, type ApiKey, type NewApiKey } from './keys.ts'

const HOUR_SECONDS = 3600
const GRACES = {
  now: 0,
  hour: HOUR_SECONDS,
  day: 24 * HOUR_SECONDS,
  week: 7 * 24 * HOUR_SECONDS,
  month: 30 * 24 * HOUR_SECONDS,
}
type Grace = keyof typeof GRACES
const CHOICES: Grace[] = ['now', 'hour', 'day', 'week', 'month']

/** Two steps: what happens and until when the old key works, then the new key, once. */
export function RotateKeyDialog({ apiKey, onClose }: { apiKey: ApiKey; onClose: () => void }) {
  const { t, locale } = useText()
  const [grace, setGrace] = useState<Grace>('day')
  const [made, setMade] = useState<{ key: NewApiKey; oldEndsAt: number | null } | null>(null)
  const rotate = useRotateKey(apiKey.id)
  const seen = `${apiKey.start}…${apiKey.last4}`
  if (made !== null)
    return (
      <KeyShownOnce made={made.key} onClose={onClose}>
        <p>
          {made.oldEndsAt === null
            ? t('keys.oldRefused', { key: seen })
            : t('keys.oldWorksUntil', { key: seen, when: dateTime(new Date(made.oldEndsAt), locale) })}
        </p>
      </KeyShownOnce>
    )
  const submit = () =>
    rotate.mutate(GRACES[grace], {
      onSuccess: (key) => {
        const graceSeconds = GRACES[grace]
        // By the server's clock: the new key was made when the grace began.
        const oldEndsAt = graceSeconds === 0 ? null : Date.parse(key.createdAt) + graceSeconds * 1000
        setMade({ key, oldEndsAt })
      },
    })
  return (
    <FormDialog
      title={t('keys.rotateTitle', { name: apiKey.name })}
      description={seen}
      action={t('keys.doRotate')}
      isBusy={rotate.isPending}
      onClose={onClose}
      onSubmit={submit}
    >
      {rotate.isError && <Notice tone="danger">{errorText(rotate.error, t)}</Notice>}
      <ol className={styles.steps}>
        <li>{t('keys.rotateStep1')}</li>
        <li>{t('keys.rotateStep2')}</li>
        <li>{t('keys.rotateStep3')}</li>
      </ol>
      <ChoiceGroup legend={t('keys.grace')}>
        {CHOICES.map((choice) => (
          <Choice
            key={choice}
            type="radio"
            name="grace"
            label={t(`keys.graces.${choice}`)}
            hint={choice === 'now' ? t('keys.graceNowHint') : undefined}
            checked={grace === choice}
            data-autofocus={grace === choice || undefined}
            onChange={() => setGrace(choice)}
          />
        ))}
      </ChoiceGroup>
    </FormDialog>
  )
}
