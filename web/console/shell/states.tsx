import type { ReactNode } from 'react'
import { CloudOff, Lock, SearchX } from 'lucide-react'
import { Link } from 'react-router'
import { ApiError } from '../../api/client.ts'
import { useText } from '../../locales/console.ts'
import { Button, buttonClass } from '../../ui/button.tsx'
import { Notice, State } from '../../ui/notice.tsx'
import { errorText, hasStatus } from '../../ui/errors.ts'
import { Page } from './page.tsx'

/** What stands in place of something that could not be loaded. */
export function LoadError({ error, retry }: { error: unknown; retry: () => void }) {
  const { t } = useText()
  if (hasStatus(error, 403))
    return (
      <State icon={<Lock aria-hidden="true" />} title={t('errors.deniedTitle')}>
        {t('errors.denied')}
      </State>
    )
  return (
    <State
      alert
      icon={<CloudOff aria-hidden="true" />}
      title={t('errors.title')}
      action={<Button onClick={retry}>{t('ui.retry')}</Button>}
    >
      {errorText(error, t)}
    </State>
  )
}

interface Query<Data> {
  data: Data | undefined
  isError: boolean
  error: unknown
  refetch: () => Promise<unknown>
}

/** What a query brought; before that `skeleton`, or why it did not come and another try. */
export function Loaded<Data>({
  query,
  skeleton,
  children,
}: {
  query: Query<Data>
  skeleton: ReactNode
  children: (data: Data) => ReactNode
}) {
  if (query.data !== undefined) return children(query.data)
  if (query.isError) return <LoadError error={query.error} retry={() => void query.refetch()} />
  return skeleton
}

/** Above data that is shown although its latest refresh failed; nothing while there is no error. */
export function StaleNotice({ error }: { error: unknown }) {
  const { t } = useText()
  if (!error) return null
  const isRefusal = error instanceof ApiError && error.status >= 400 && error.status < 500
  return (
    <Notice tone="warning">
      {isRefusal ? t('errors.stale', { why: error.message }) : t('errors.lostConnection')}
    </Notice>
  )
}

/** A page that says that there is nothing at this address. */
export function NotFound({
  title,
  text,
  to,
  toLabel,
}: {
  title: string
  text: string
  to: string
  toLabel: string
}) {
  return (
    <Page title={title}>
      <State
        icon={<SearchX aria-hidden="true" />}
        action={
          <Link to={to} className={buttonClass({})}>
            {toLabel}
          </Link>
        }
      >
        {text}
      </State>
    </Page>
  )
}
