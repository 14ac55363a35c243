import { useState } from 'react'
import { Link2Off } from 'lucide-react'
import { Link, Navigate, useSearchParams } from 'react-router'
import { useText } from '../locales/console.ts'
import { Button, buttonClass } from '../ui/button.tsx'
import { errorText, fieldError, hasStatus } from '../ui/errors.ts'
import { TextField } from '../ui/field.tsx'
import { Notice, State } from '../ui/notice.tsx'
import { Skeleton } from '../ui/skeleton.tsx'
import { AccountLayout } from './account-layout.tsx'
import styles from './account-layout.module.css'
import { NewPasswordForm } from './new-password-form.tsx'
import {
  useAcceptAsNew,
  useAcceptAsUser,
  useInvitation,
  useSession,
  useSignOut,
  type Session,
} from './session.ts'

/** Where the link of an invitation leads: make an account, or come in with the one that is signed in. */
export function Component() {
  const { t } = useText()
  const [params] = useSearchParams()
  const token = params.get('token') ?? ''
  const session = useSession()
  const invitation = useInvitation(token)
  const accept = useAcceptAsNew()
  if (accept.isSuccess) return <Navigate to="/overview" replace />
  let content
  if (invitation.isError)
    content = (
      <State
        heading="h1"
        alert
        icon={<Link2Off aria-hidden="true" />}
        title={t(hasStatus(invitation.error, 404) ? 'account.linkUsedTitle' : 'errors.title')}
      >
        {errorText(invitation.error, t)}
      </State>
    )
  else if (invitation.data === undefined || session.data === undefined) content = <Skeleton height={320} />
  else {
    const { organization, invitedBy, email, hasAccount } = invitation.data
    content = (
      <>
        <h1 className={styles.title}>{t('account.invitedTitle', { organization })}</h1>
        <p className={styles.purpose}>{t('account.invitedPurpose', { invitedBy, email })}</p>
        {session.data ? (
          <AsUser token={token} session={session.data} />
        ) : hasAccount ? (
          <div className={styles.form}>
            <Notice>{t('account.invitedHasAccount', { email })}</Notice>
            <Link
              to={`/?redirectTo=${encodeURIComponent(`/invitation?token=${token}`)}`}
              className={buttonClass({ variant: 'primary', full: true })}
            >
              {t('account.signIn')}
            </Link>
          </div>
        ) : (
          <AsNew token={token} accept={accept} />
        )}
      </>
    )
  }
  return (
    <AccountLayout title={t('account.invitation')}>
      <div className={styles.card}>{content}</div>
    </AccountLayout>
  )
}

function AsUser({ token, session }: { token: string; session: Session }) {
  const { t } = useText()
  const accept = useAcceptAsUser()
  const signOut = useSignOut()
  return (
    <div className={styles.form}>
      {accept.isError && <Notice tone="danger">{errorText(accept.error, t)}</Notice>}
      <Button
        variant="primary"
        full
        busy={accept.isPending || accept.isSuccess}
        onClick={() => accept.mutate(token)}
      >
        {t('account.acceptAs', { name: session.user.name })}
      </Button>
      <Button full busy={signOut.isPending} onClick={() => signOut.mutate()}>
        {t('account.otherAccount')}
      </Button>
    </div>
  )
}

function AsNew({ token, accept }: { token: string; accept: ReturnType<typeof useAcceptAsNew> }) {
  const { t } = useText()
  const [name, setName] = useState('')
  const [username, setUsername] = useState('')
  const [isTried, setTried] = useState(false)
  const isReady = name.trim() !== '' && username.trim() !== ''
  return (
    <NewPasswordForm
      asksCurrent={false}
      own={[username, name]}
      error={accept.error}
      isBusy={accept.isPending}
      submitText={t('account.acceptNew')}
      onSubmit={({ newPassword }) => {
        setTried(true)
        if (isReady)
          accept.mutate({ token, username: username.trim(), name: name.trim(), password: newPassword })
      }}
    >
      <TextField
        label={t('account.name')}
        value={name}
        autoComplete="name"
        autoFocus
        maxLength={50}
        error={isTried && name.trim() === '' ? t('account.nameRequired') : fieldError(accept.error, 'name')}
        onChange={(event) => setName(event.target.value)}
      />
      <TextField
        label={t('account.username')}
        hint={t('account.usernameHint')}
        value={username}
        autoComplete="username"
        autoCapitalize="none"
        spellCheck={false}
        maxLength={20}
        error={
          isTried && username.trim() === ''
            ? t('account.usernameRequired')
            : fieldError(accept.error, 'username')
        }
        onChange={(event) => setUsername(event.target.value)}
      />
    </NewPasswordForm>
  )
}
