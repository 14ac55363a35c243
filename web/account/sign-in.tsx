import { useRef, useState } from 'react'
import { KeyRound } from 'lucide-react'
import { Link } from 'react-router'
import { ApiError } from '../api/client.ts'
import { useText, type TextKey } from '../locales/console.ts'
import { Button, buttonClass } from '../ui/button.tsx'
import { errorText } from '../ui/errors.ts'
import { PasswordField, TextField } from '../ui/field.tsx'
import { Form } from '../ui/form.tsx'
import { Notice } from '../ui/notice.tsx'
import styles from './account-layout.module.css'
import { useSignIn, useSignInOptions } from './session.ts'

/** Why single sign-on led back here. */
const PROBLEMS: Record<string, TextKey> = {
  sso_failed: 'account.ssoFailed',
  sso_unknown_user: 'account.ssoUnknown',
  sso_email_unverified: 'account.ssoUnverified',
  sso_unreachable: 'account.ssoUnreachable',
  no_organization: 'account.noOrganization',
}

/** By password, then a code where there is a second factor; or by the identity provider. */
export function SignIn({
  isLedHere,
  goOn,
  problem,
}: {
  isLedHere: boolean
  goOn: string
  problem: string | null
}) {
  const { t } = useText()
  const options = useSignInOptions()
  const provider = options.data?.singleSignOn ?? null
  const [known, setKnown] = useState<{ login: string; password: string } | null>(null)
  const problemText = problem === null ? undefined : PROBLEMS[problem]
  if (known !== null) return <CodeStep {...known} onBack={() => setKnown(null)} />
  return (
    <section aria-labelledby="sign-in">
      <h2 id="sign-in" className={styles.title}>
        {t('account.signInTitle')}
      </h2>
      <p className={styles.purpose}>{t(isLedHere ? 'account.signInFirst' : 'account.signInPurpose')}</p>
      {problemText !== undefined && (
        <div className={styles.form}>
          <Notice tone="danger">{t(problemText, { provider: provider ?? t('account.provider') })}</Notice>
        </div>
      )}
      <PasswordStep isLedHere={isLedHere} hasMail={options.data?.mail === true} onCodeNeeded={setKnown} />
      {provider !== null && (
        <a
          className={`${buttonClass({ full: true })} ${styles.provider}`}
          href={`/internal-api/v1/sso/start?redirectTo=${encodeURIComponent(goOn)}`}
        >
          <KeyRound aria-hidden="true" />
          {t('account.signInWith', { provider })}
        </a>
      )}
    </section>
  )
}

function PasswordStep({
  isLedHere,
  hasMail,
  onCodeNeeded,
}: {
  isLedHere: boolean
  hasMail: boolean
  onCodeNeeded: (known: { login: string; password: string }) => void
}) {
  const { t } = useText()
  const signIn = useSignIn()
  const [login, setLogin] = useState('')
  const [password, setPassword] = useState('')
  const [attempt, setAttempt] = useState(0)
  const passwordInput = useRef<HTMLInputElement>(null)
  const loginFault = attempt > 0 && login.trim() === '' ? t('account.loginRequired') : null
  const passwordFault = attempt > 0 && password === '' ? t('account.passwordMissing') : null
  const submit = () => {
    if (login.trim() === '' || password === '') return setAttempt(attempt + 1)
    signIn.mutate(
      { login: login.trim(), password },
      {
        onError: (error) => {
          if (error instanceof ApiError && error.code === 'two_factor_required')
            return onCodeNeeded({ login: login.trim(), password })
          passwordInput.current?.focus()
          passwordInput.current?.select()
        },
      },
    )
  }
  return (
    <Form className={styles.form} attempt={attempt} isBusy={signIn.isPending} onSubmit={submit}>
      {signIn.isError && <Notice tone="danger">{errorText(signIn.error, t)}</Notice>}
      <TextField
        label={t('account.login')}
        name="username"
        value={login}
        autoComplete="username"
        autoCapitalize="none"
        spellCheck={false}
        autoFocus={isLedHere}
        error={loginFault}
        onChange={(event) => setLogin(event.target.value)}
      />
      <PasswordField
        ref={passwordInput}
        label={t('account.password')}
        name="password"
        value={password}
        autoComplete="current-password"
        error={passwordFault}
        below={hasMail && <Link to="/forgot-password">{t('account.forgot')}</Link>}
        onChange={(event) => setPassword(event.target.value)}
      />
      <Button type="submit" variant="primary" full busy={signIn.isPending}>
        {t('account.signIn')}
      </Button>
    </Form>
  )
}

function CodeStep({ login, password, onBack }: { login: string; password: string; onBack: () => void }) {
  const { t } = useText()
  const signIn = useSignIn()
  const [code, setCode] = useState('')
  const [attempt, setAttempt] = useState(0)
  const submit = () => {
    if (code.trim() === '') return setAttempt(attempt + 1)
    signIn.mutate({ login, password, code: code.trim() }, { onError: () => setAttempt(attempt + 1) })
  }
  return (
    <section aria-labelledby="sign-in">
      <h2 id="sign-in" className={styles.title}>
        {t('account.codeStepTitle')}
      </h2>
      <p className={styles.purpose}>{t('account.codeStepPurpose')}</p>
      <Form className={styles.form} attempt={attempt} isBusy={signIn.isPending} onSubmit={submit}>
        <TextField
          label={t('account.code')}
          hint={t('account.codeStepHint')}
          value={code}
          autoFocus
          autoComplete="one-time-code"
          autoCapitalize="none"
          spellCheck={false}
          maxLength={30}
          error={
            attempt > 0 && code.trim() === ''
              ? t('account.codeMissing')
              : signIn.isError
                ? errorText(signIn.error, t)
                : null
          }
          onChange={(event) => {
            setCode(event.target.value)
            if (signIn.isError) signIn.reset()
          }}
        />
        <Button type="submit" variant="primary" full busy={signIn.isPending}>
          {t('account.signIn')}
        </Button>
        <Button full onClick={onBack}>
          {t('account.otherAccount')}
        </Button>
      </Form>
    </section>
  )
}
