import { Navigate, useSearchParams } from 'react-router'
import { useText } from '../locales/console.ts'
import { Button } from '../ui/button.tsx'
import { Skeleton } from '../ui/skeleton.tsx'
import { AccountLayout } from './account-layout.tsx'
import styles from './account-layout.module.css'
import { NewPasswordForm } from './new-password-form.tsx'
import { redirectTarget } from './redirect-target.ts'
import { useChangePassword, useSession, useSignOut } from './session.ts'

/** Who was given a password has to choose one of their own before anything else. */
export function Component() {
  const { t } = useText()
  const [params] = useSearchParams()
  const session = useSession()
  const change = useChangePassword()
  const signOut = useSignOut()
  if (session.data === null) return <Navigate to="/" replace />
  if (session.data?.mustChangePassword === false)
    return <Navigate to={redirectTarget(params.get('redirectTo'), window.location.origin).path} replace />
  return (
    <AccountLayout title={t('account.forcedTitle')}>
      <div className={styles.card}>
        {session.data === undefined ? (
          <Skeleton height={280} />
        ) : (
          <>
            <h1 className={styles.title}>{t('account.forcedTitle')}</h1>
            <p className={styles.purpose}>{t('account.forcedPurpose', { name: session.data.user.name })}</p>
            <NewPasswordForm
              asksCurrent
              own={[session.data.user.username, session.data.user.name]}
              error={change.error}
              isBusy={change.isPending}
              submitText={t('account.changePassword')}
              onSubmit={(passwords) => change.mutate(passwords)}
            />
            <div className={styles.form}>
              <Button full busy={signOut.isPending} onClick={() => signOut.mutate()}>
                {t('shell.signOut')}
              </Button>
            </div>
          </>
        )}
      </div>
    </AccountLayout>
  )
}
