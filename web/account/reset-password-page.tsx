import { CircleCheck, Link2Off } from 'lucide-react'
import { Link, useSearchParams } from 'react-router'
import { ApiError } from '../api/client.ts'
import { useText } from '../locales/console.ts'
import { buttonClass } from '../ui/button.tsx'
import { State } from '../ui/notice.tsx'
import { AccountLayout } from './account-layout.tsx'
import styles from './account-layout.module.css'
import { NewPasswordForm } from './new-password-form.tsx'
import { useResetPassword } from './session.ts'

/** Where the link for a new password leads. */
export function Component() {
  const { t } = useText()
  const [params] = useSearchParams()
  const token = params.get('token') ?? ''
  const reset = useResetPassword()
  const isInvalid =
    token === '' || (reset.error instanceof ApiError && reset.error.code === 'reset_link_invalid')
  let content
  if (reset.isSuccess)
    content = (
      <State
        heading="h1"
        icon={<CircleCheck aria-hidden="true" />}
        title={t('account.resetDoneTitle')}
        action={
          <Link to="/" className={buttonClass({ variant: 'primary' })}>
            {t('account.toSignIn')}
          </Link>
        }
      >
        {t('account.resetDone')}
      </State>
    )
  else if (isInvalid)
    content = (
      <State
        heading="h1"
        alert
        icon={<Link2Off aria-hidden="true" />}
        title={t('account.linkUsedTitle')}
        action={
          <Link to="/forgot-password" className={buttonClass({})}>
            {t('account.askAgain')}
          </Link>
        }
      >
        {t('account.resetInvalid')}
      </State>
    )
  else
    content = (
      <>
        <h1 className={styles.title}>{t('account.resetTitle')}</h1>
        <p className={styles.purpose}>{t('account.resetPurpose')}</p>
        <NewPasswordForm
          asksCurrent={false}
          error={reset.error}
          isBusy={reset.isPending}
          submitText={t('account.resetSubmit')}
          onSubmit={({ newPassword }) => reset.mutate({ token, newPassword })}
        />
      </>
    )
  return (
    <AccountLayout title={t('account.resetTitle')}>
      <div className={styles.card}>{content}</div>
    </AccountLayout>
  )
}
