import { lazy, Suspense } from 'react'
import { Pencil, RefreshCw } from 'lucide-react'
import { Link } from 'react-router'
import { useText } from '../../locales/console.ts'
import { Button } from '../../ui/button.tsx'
import { Card } from '../../ui/card.tsx'
import { Notice } from '../../ui/notice.tsx'
import { Skeleton } from '../../ui/skeleton.tsx'
import { DateTime, TimeAgo } from '../../ui/time.tsx'
import { BackToList, Fact, Facts } from '../shell/detail.tsx'
import styles from './api-keys.module.css'
import { isRotationDue, KeyStatus } from './key-status.tsx'
import { shortIp } from './short-ip.ts'
import { isUsable, type ApiKey } from './keys.ts'

// Comes when a key is opened: most visits end at the list.
const KeyActivity = lazy(async () => ({ default: (await import('./key-activity.tsx')).KeyActivity }))

/** What of a key may be done next. */
export interface KeyActions {
  onRotate: (key: ApiKey) => void
  onEdit: (key: ApiKey) => void
  onRevoke: (key: ApiKey) => void
}

/** One key in place of the list: what it may do, and what it did. */
export function KeyDetail({
  apiKey,
  successor,
  ...actions
}: { apiKey: ApiKey; successor?: ApiKey } & KeyActions) {
  const { t, locale } = useText()
  const never = t('ui.never')
  return (
    <>
      <BackToList from={apiKey.id}>{t('keys.back')}</BackToList>
      <Card
        title={apiKey.name}
        description={
          <code className={styles.key}>
            {apiKey.start}…{apiKey.last4}
          </code>
        }
        action={
          isUsable(apiKey) && (
            <div className={styles.actions}>
              {apiKey.rotatedTo === null && (
                <Button size="small" onClick={() => actions.onRotate(apiKey)}>
                  <RefreshCw aria-hidden="true" />
                  {t('keys.rotate')}
                </Button>
              )}
              <Button size="small" onClick={() => actions.onEdit(apiKey)}>
                <Pencil aria-hidden="true" />
                {t('keys.edit')}
              </Button>
              <Button size="small" variant="quietDanger" onClick={() => actions.onRevoke(apiKey)}>
                {t('keys.revoke')}
              </Button>
            </div>
          )
        }
      >
        <div className={styles.stack}>
          {isRotationDue(apiKey) && <Notice title={t('keys.dueTitle')}>{t('keys.due')}</Notice>}
          <Facts>
            <Fact label={t('keys.state')}>
              <KeyStatus apiKey={apiKey} />
              {successor !== undefined && (
                <Link to={`?key=${successor.id}`} className={styles.small}>
                  {t('keys.replacedBy', { key: `${successor.start}…${successor.last4}` })}
                </Link>
              )}
            </Fact>
            <Fact label={t('keys.permissions')}>
              {apiKey.permissions.map((permission) => t(`keys.${permission}`)).join(', ')}
            </Fact>
            <Fact label={t('keys.addresses')}>
              {apiKey.allowedIps.length === 0 ? (
                t('keys.anyAddress')
              ) : (
                <ul className={styles.ips}>
                  {apiKey.allowedIps.map((ip) => (
                    <li key={ip}>
                      <code>{ip}</code>
                    </li>
                  ))}
                </ul>
              )}
            </Fact>
            <Fact label={t('keys.expiry')}>
              {apiKey.expiresAt === null ? (
                never
              ) : (
                <DateTime at={apiKey.expiresAt} locale={locale} withTime />
              )}
            </Fact>
            <Fact label={t('keys.createdAt')}>
              <span>
                <DateTime at={apiKey.createdAt} locale={locale} withTime />
                {` · ${apiKey.createdBy}`}
              </span>
            </Fact>
            <Fact label={t('keys.lastUsed')}>
              <LastUsed apiKey={apiKey} />
            </Fact>
            <Fact label={t('keys.requests')}>
              {new Intl.NumberFormat(locale).format(apiKey.requestCount)}
            </Fact>
          </Facts>
        </div>
      </Card>
      <Suspense fallback={<Skeleton height={240} />}>
        <KeyActivity id={apiKey.id} />
      </Suspense>
    </>
  )
}

/** How long ago, and from which address. */
export function LastUsed({ apiKey }: { apiKey: ApiKey }) {
  const { t, locale } = useText()
  if (apiKey.lastUsedAt === null) return t('ui.never')
  return (
    <span className={styles.lastUsed}>
      <TimeAgo at={apiKey.lastUsedAt} locale={locale} />
      {apiKey.lastUsedIp !== null && <code className={styles.key}>{shortIp(apiKey.lastUsedIp)}</code>}
    </span>
  )
}
