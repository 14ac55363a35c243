import { useState } from 'react'
import { MailCheck } from 'lucide-react'
import { Link } from 'react-router'
import { useText } from '../locales/console.ts'
import { Button, buttonClass } from '../ui/button.tsx'
import { errorText } from '../ui/errors.ts'
import { TextField } from '../ui/field.tsx'
import { Form } from '../ui/form.tsx'
import { Notice, State } from '../ui/notice.tsx'
import { AccountLayout } from './account-layout.tsx'
import styles from './account-layout.module.css'
import { useForgotPassword } from './session.ts'

/** Asks for a link by mail. What it answers is the same whoever was asked for. */
export function Component() {
  const { t } = useText()
  const forgot = useForgotPassword()
  const [login, setLogin] = useState('')
  const [attempt, setAttempt] = useState(0)
  const back = (
    <Link to="/" className={buttonClass({})}>
      {t('account.toSignIn')}
    </Link>
  )
  return (
    <AccountLayout title={t('account.forgotTitle')}>
      <div className={styles.card}>
        {forgot.isSuccess ? (
          <State
            heading="h1"
            icon={<MailCheck aria-hidden="true" />}
            title={t('account.forgotSentTitle')}
            action={back}
          >
            {t('account.forgotSent')}
          </State>
        ) : (
          <>
            <h1 className={styles.title}>{t('account.forgotTitle')}</h1>
            <p className={styles.purpose}>{t('account.forgotPurpose')}</p>
            <Form
              className={styles.form}
              attempt={attempt}
              isBusy={forgot.isPending}
              onSubmit={() => {
                if (login.trim() === '') setAttempt(attempt + 1)
                else forgot.mutate(login.trim())
              }}
            >
              {forgot.isError && <Notice tone="danger">{errorText(forgot.error, t)}</Notice>}
              <TextField
                label={t('account.login')}
                value={login}
                autoComplete="username"
                autoCapitalize="none"
                spellCheck={false}
                autoFocus
                maxLength={254}
                error={attempt > 0 && login.trim() === '' ? t('account.loginRequired') : null}
                onChange={(event) => setLogin(event.target.value)}
              />
              <Button type="submit" variant="primary" full busy={forgot.isPending}>
                {t('account.sendLink')}
              </Button>
              {back}
            </Form>
          </>
        )}
      </div>
    </AccountLayout>
  )
}
