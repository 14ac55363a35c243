import { Check, CloudOff, ShieldAlert } from 'lucide-react'
import { useMutation, useQuery } from '@tanstack/react-query'
import { Navigate, useLocation } from 'react-router'
import { AccountLayout, useSession } from '../../account/index.ts'
import { api, ApiError } from '../../api/client.ts'
import { useText } from '../../locales/console.ts'
import { Button } from '../../ui/button.tsx'
import { errorText } from '../../ui/errors.ts'
import { Notice, State } from '../../ui/notice.tsx'
import { Skeleton } from '../../ui/skeleton.tsx'
import styles from './consent-page.module.css'
import { SCOPE_TEXTS } from './oauth.ts'

/** Where an app sends people to let it act for them. Who is not signed in does that first and comes back. */
export function Component() {
  const { t } = useText()
  const { pathname, search } = useLocation()
  const session = useSession()
  const request = useQuery({
    queryKey: ['consent', search],
    queryFn: () => api('get /internal-api/v1/oauth/request', { query: { request: search.slice(1) } }),
    enabled: Boolean(session.data),
    retry: false,
    staleTime: Infinity,
  })
  if (session.data === null)
    return <Navigate to={`/?redirectTo=${encodeURIComponent(pathname + search)}`} replace />
  const fault = session.error ?? request.error
  return (
    <AccountLayout title={t('oauth.consentTitle')}>
      <div className={styles.card}>
        {fault ? (
          <Fault error={fault} retry={() => void (session.error ? session.refetch() : request.refetch())} />
        ) : request.data ? (
          <Consent asked={request.data} search={search} />
        ) : (
          <div className={styles.waiting} aria-hidden="true">
            <Skeleton height={28} />
            <Skeleton height={60} />
            <Skeleton height={36} />
          </div>
        )}
      </div>
    </AccountLayout>
  )
}

/** What the server refuses cannot be mended here: it is the app's fault. */
function Fault({ error, retry }: { error: unknown; retry: () => void }) {
  const { t } = useText()
  const isRefusal = error instanceof ApiError && error.status >= 400 && error.status < 500
  return (
    <State
      alert
      heading="h1"
      icon={isRefusal ? <ShieldAlert aria-hidden="true" /> : <CloudOff aria-hidden="true" />}
      title={t(isRefusal ? 'oauth.consentFaultTitle' : 'errors.title')}
      action={isRefusal ? undefined : <Button onClick={retry}>{t('ui.retry')}</Button>}
    >
      {errorText(error, t)}
    </State>
  )
}

type Asked = Awaited<ReturnType<typeof api<'get /internal-api/v1/oauth/request'>>>

function Consent({ asked, search }: { asked: Asked; search: string }) {
  const { t } = useText()
  const decide = useMutation({
    mutationFn: (approve: boolean) =>
      api('post /internal-api/v1/oauth/decision', { body: { request: search.slice(1), approve } }),
    onSuccess: ({ redirectTo }) => window.location.assign(redirectTo),
  })
  const isDeciding = decide.isPending || decide.isSuccess
  const { client, user, organization, scopes, redirectHost } = asked
  return (
    <>
      <h1 className={styles.title}>{t('oauth.consentQuestion', { app: client.name })}</h1>
      <p className={styles.who}>
        {t('oauth.consentWho', { name: user.name, username: user.username, organization })}
      </p>
      {!client.isOwn && (
        <Notice tone="warning">{t('oauth.consentForeign', { organization: client.organization })}</Notice>
      )}
      <h2 className={styles.legend}>{t('oauth.consentMay', { app: client.name })}</h2>
      <ul className={styles.scopes}>
        {scopes.map((scope) => (
          <li key={scope}>
            <Check aria-hidden="true" />
            {t(SCOPE_TEXTS[scope])}
          </li>
        ))}
      </ul>
      <p className={styles.note}>{t('oauth.consentNote', { host: redirectHost })}</p>
      {decide.isError && <Notice tone="danger">{errorText(decide.error, t)}</Notice>}
      <div className={styles.actions}>
        <Button full disabled={isDeciding} onClick={() => decide.mutate(false)}>
          {t('oauth.refuse')}
        </Button>
        <Button
          full
          variant="primary"
          busy={isDeciding}
          onClick={() => {
            if (!isDeciding) decide.mutate(true)
          }}
        >
          {t('oauth.allow')}
        </Button>
      </div>
    </>
  )
}
