import type { ReactNode } from 'react'
import { useState } from 'react'
import { useText } from '../locales/console.ts'
import { Button } from '../ui/button.tsx'
import { fieldError, formError } from '../ui/errors.ts'
import { PasswordField } from '../ui/field.tsx'
import { Form } from '../ui/form.tsx'
import { Notice } from '../ui/notice.tsx'
import styles from './account-layout.module.css'
import { SHORTEST_PASSWORD } from './password-strength.ts'
import { StrengthMeter } from './strength-meter.tsx'

/** A new password, with the current one before it where the person has to give that. */
export function NewPasswordForm({
  asksCurrent,
  own = [],
  error,
  isBusy,
  submitText,
  onSubmit,
  children,
}: {
  asksCurrent: boolean
  /** The person's own names, which make a weak password. */
  own?: string[]
  error: unknown
  isBusy: boolean
  submitText: string
  onSubmit: (passwords: { currentPassword: string; newPassword: string }) => void
  /** More fields above. */
  children?: ReactNode
}) {
  const { t } = useText()
  const [currentPassword, setCurrent] = useState('')
  const [newPassword, setNew] = useState('')
  const [attempt, setAttempt] = useState(0)
  const isMissing = asksCurrent && currentPassword === ''
  const isShort = newPassword.length < SHORTEST_PASSWORD
  const fault = formError(error, ['currentPassword', 'newPassword', 'password', 'username', 'name'], t)
  return (
    <Form
      className={styles.form}
      attempt={attempt}
      isBusy={isBusy}
      onSubmit={() => {
        if (isMissing || isShort) setAttempt(attempt + 1)
        else onSubmit({ currentPassword, newPassword })
      }}
    >
      {fault !== null && <Notice tone="danger">{fault}</Notice>}
      {children}
      {asksCurrent && (
        <PasswordField
          label={t('account.currentPassword')}
          name="current"
          value={currentPassword}
          autoComplete="current-password"
          maxLength={128}
          error={
            attempt > 0 && isMissing ? t('account.passwordMissing') : fieldError(error, 'currentPassword')
          }
          onChange={(event) => setCurrent(event.target.value)}
        />
      )}
      <PasswordField
        label={t('account.newPassword')}
        name="new"
        hint={t('account.passwordHint')}
        value={newPassword}
        autoComplete="new-password"
        maxLength={128}
        error={
          attempt > 0 && isShort
            ? t('account.passwordRequired')
            : (fieldError(error, 'newPassword') ?? fieldError(error, 'password'))
        }
        below={newPassword !== '' && <StrengthMeter password={newPassword} own={own} />}
        onChange={(event) => setNew(event.target.value)}
      />
      <Button type="submit" variant="primary" full busy={isBusy}>
        {submitText}
      </Button>
    </Form>
  )
}
