import { useState } from 'react'
import { CloudOff, SquareTerminal } from 'lucide-react'
import { Navigate, useSearchParams } from 'react-router'
import { useText } from '../locales/console.ts'
import { Button } from '../ui/button.tsx'
import { errorText } from '../ui/errors.ts'
import { TextField } from '../ui/field.tsx'
import { Form } from '../ui/form.tsx'
import { State } from '../ui/notice.tsx'
import { Skeleton } from '../ui/skeleton.tsx'
import { AccountLayout } from './account-layout.tsx'
import styles from './account-layout.module.css'
import { joinTarget } from './join-target.ts'
import { redirectTarget, type RedirectTarget } from './redirect-target.ts'
import { useSession, useSetupState } from './session.ts'
import { SignIn } from './sign-in.tsx'

/** Join a meeting, or sign in. Who is signed in already goes on at once. */
export function Component() {
  const { t } = useText()
  const [params] = useSearchParams()
  const wanted = params.get('redirectTo')
  const target = redirectTarget(wanted, window.location.origin)
  const session = useSession()
  const setup = useSetupState(session.data === null)

  if (session.data?.mustChangePassword)
    return <Navigate to={`/change-password?redirectTo=${encodeURIComponent(target.path)}`} replace />
  if (session.data) return <GoOn target={target} />
  if (setup.data?.needed)
    return (
      <AccountLayout title={t('account.notSetUpTitle')}>
        <div className={styles.card}>
          <State heading="h1" icon={<SquareTerminal aria-hidden="true" />} title={t('account.notSetUpTitle')}>
            {t('account.notSetUp')}
          </State>
        </div>
      </AccountLayout>
    )
  const fault = session.error ?? setup.error
  return (
    <AccountLayout title={t('account.signInTitle')}>
      <h1 className={styles.tagline}>{t('account.tagline')}</h1>
      <div className={styles.pair}>
        {fault && session.data === undefined ? (
          <section className={styles.wide}>
            <State
              alert
              icon={<CloudOff aria-hidden="true" />}
              title={t('errors.title')}
              action={<Button onClick={() => void session.refetch()}>{t('ui.retry')}</Button>}
            >
              {errorText(fault, t)}
            </State>
          </section>
        ) : (
          <>
            <Join />
            {session.data === null ? (
              <SignIn isLedHere={wanted !== null} goOn={target.path} problem={params.get('problem')} />
            ) : (
              <SignInSkeleton />
            )}
          </>
        )}
      </div>
    </AccountLayout>
  )
}

function GoOn({ target }: { target: RedirectTarget }) {
  if (target.isConsole) return <Navigate to={target.path} replace />
  window.location.replace(target.path)
  return null
}

function Join() {
  const { t } = useText()
  const [typed, setTyped] = useState('')
  const [fault, setFault] = useState<string | null>(null)
  const [attempt, setAttempt] = useState(0)
  const submit = () => {
    const target = joinTarget(typed, window.location.origin)
    if (target.kind === 'path') {
      window.location.assign(target.path)
      return
    }
    if (target.kind === 'empty') setFault(t('account.codeRequired'))
    else if (target.kind === 'other-server') setFault(t('account.otherServer', { host: target.host }))
    else setFault(t('account.codeInvalid'))
    setAttempt(attempt + 1)
  }
  return (
    <section aria-labelledby="join">
      <h2 id="join" className={styles.title}>
        {t('account.joinTitle')}
      </h2>
      <p className={styles.purpose}>{t('account.joinPurpose')}</p>
      <Form className={styles.form} attempt={attempt} onSubmit={submit}>
        <TextField
          label={t('account.codeOrLink')}
          hint={t('account.codeHint')}
          value={typed}
          autoComplete="off"
          autoCapitalize="none"
          spellCheck={false}
          enterKeyHint="go"
          error={fault}
          onChange={(event) => {
            setTyped(event.target.value)
            setFault(null)
          }}
        />
        <Button type="submit" full>
          {t('account.join')}
        </Button>
      </Form>
    </section>
  )
}

const SignInSkeleton = () => (
  <section aria-hidden="true">
    <Skeleton width={90} height={28} />
    <div className={styles.form}>
      <Skeleton height={62} />
      <Skeleton height={62} />
      <Skeleton height={36} />
    </div>
  </section>
)
