import { useState } from 'react'
import { CircleCheck, Link2Off } from 'lucide-react'
import { Link, Navigate, useSearchParams } from 'react-router'
import { ApiError } from '../api/client.ts'
import { useText } from '../locales/console.ts'
import { Button, buttonClass } from '../ui/button.tsx'
import { errorText, fieldError, formError } from '../ui/errors.ts'
import { PasswordField, TextField } from '../ui/field.tsx'
import { Form } from '../ui/form.tsx'
import { Notice, State } from '../ui/notice.tsx'
import { Skeleton } from '../ui/skeleton.tsx'
import { AccountLayout } from './account-layout.tsx'
import styles from './account-layout.module.css'
import { SHORTEST_PASSWORD } from './password-strength.ts'
import { useSession, useSetup, useSetupState } from './session.ts'
import { StrengthMeter } from './strength-meter.tsx'

/** First start: whoever holds the one-time token makes the first administrator and is signed in. */
export function Component() {
  const { t } = useText()
  const [params] = useSearchParams()
  const token = params.get('token')?.trim() ?? ''
  const session = useSession()
  const state = useSetupState(session.data === null)
  const setup = useSetup()

  if (session.data) return <Navigate to="/overview" replace />
  let content
  const refusal = setup.error instanceof ApiError ? setup.error.code : null
  if (refusal === 'setup_done' || state.data?.needed === false) content = <SetUpAlready />
  else if (refusal === 'setup_token_invalid')
    content = (
      <State heading="h1" alert icon={<Link2Off aria-hidden="true" />} title={t('account.linkInvalidTitle')}>
        {t('account.linkInvalid')}
      </State>
    )
  else if (session.isError || state.isError)
    content = (
      <State
        heading="h1"
        alert
        title={t('errors.title')}
        action={
          <Button onClick={() => void (session.isError ? session : state).refetch()}>{t('ui.retry')}</Button>
        }
      >
        {errorText(session.error ?? state.error, t)}
      </State>
    )
  else if (token === '')
    content = (
      <State heading="h1" icon={<Link2Off aria-hidden="true" />} title={t('account.linkMissingTitle')}>
        {t('account.linkMissing')}
      </State>
    )
  else if (state.data === undefined) content = <Skeleton height={320} />
  else content = <FirstAdminForm token={token} setup={setup} />
  return (
    <AccountLayout title={t('account.setupTitle')}>
      <div className={styles.card}>{content}</div>
    </AccountLayout>
  )
}

function SetUpAlready() {
  const { t } = useText()
  return (
    <State
      heading="h1"
      icon={<CircleCheck aria-hidden="true" />}
      title={t('account.setupDoneTitle')}
      action={
        <Link to="/" className={buttonClass({ variant: 'primary' })}>
          {t('account.toSignIn')}
        </Link>
      }
    >
      {t('account.setupDone')}
    </State>
  )
}

const FIELDS = ['username', 'password', 'name', 'email', 'organizationName']

function FirstAdminForm({ token, setup }: { token: string; setup: ReturnType<typeof useSetup> }) {
  const { t } = useText()
  const [values, setValues] = useState({
    organizationName: '',
    name: '',
    username: 'admin',
    email: '',
    password: '',
  })
  const [attempt, setAttempt] = useState(0)
  const bind = (field: keyof typeof values) => ({
    name: field,
    value: values[field],
    onChange: (event: { target: { value: string } }) => setValues({ ...values, [field]: event.target.value }),
  })
  const isTried = attempt > 0
  const usernameFault = isTried && values.username.trim() === '' ? t('account.usernameRequired') : null
  const passwordFault =
    isTried && values.password.length < SHORTEST_PASSWORD ? t('account.passwordRequired') : null
  const fault = formError(setup.error, FIELDS, t)
  const submit = () => {
    if (values.username.trim() === '' || values.password.length < SHORTEST_PASSWORD)
      return setAttempt(attempt + 1)
    const filled = (value: string) => (value.trim() === '' ? undefined : value.trim())
    setup.mutate(
      {
        token,
        username: values.username.trim(),
        password: values.password,
        name: filled(values.name),
        email: filled(values.email),
        organizationName: filled(values.organizationName),
      },
      { onError: () => setAttempt(attempt + 1) },
    )
  }
  return (
    <>
      <h1 className={styles.title}>{t('account.setupTitle')}</h1>
      <p className={styles.purpose}>{t('account.setupPurpose')}</p>
      <Form className={styles.form} attempt={attempt} isBusy={setup.isPending} onSubmit={submit}>
        {fault !== null && <Notice tone="danger">{fault}</Notice>}
        <TextField
          label={t('account.username')}
          hint={t('account.usernameHint')}
          autoComplete="username"
          autoCapitalize="none"
          spellCheck={false}
          maxLength={20}
          error={usernameFault ?? fieldError(setup.error, 'username')}
          {...bind('username')}
        />
        <PasswordField
          label={t('account.password')}
          hint={t('account.passwordHint')}
          autoComplete="new-password"
          autoFocus
          maxLength={128}
          error={passwordFault ?? fieldError(setup.error, 'password')}
          below={
            values.password !== '' && (
              <StrengthMeter password={values.password} own={[values.username, values.name]} />
            )
          }
          {...bind('password')}
        />
        <div className={styles.row}>
          <TextField
            label={t('account.name')}
            optional
            autoComplete="name"
            maxLength={50}
            error={fieldError(setup.error, 'name')}
            {...bind('name')}
          />
          <TextField
            label={t('account.email')}
            optional
            type="email"
            autoComplete="email"
            error={fieldError(setup.error, 'email')}
            {...bind('email')}
          />
        </div>
        <TextField
          label={t('account.organizationName')}
          optional
          hint={t('account.organizationHint')}
          autoComplete="organization"
          maxLength={100}
          error={fieldError(setup.error, 'organizationName')}
          {...bind('organizationName')}
        />
        <Button type="submit" variant="primary" full busy={setup.isPending}>
          {t('account.createAdmin')}
        </Button>
      </Form>
    </>
  )
}
