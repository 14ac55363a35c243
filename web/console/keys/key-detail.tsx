import type { ReactNode } from 'react'
import { useEffect, useRef, useState } from 'react'
import { Activity, ArrowLeft, Pencil, RefreshCw } from 'lucide-react'
import { Link, useLocation } from 'react-router'
import { useText } from '../../locales/console.ts'
import { Badge, type Tone } from '../../ui/badge.tsx'
import { Button } from '../../ui/button.tsx'
import { Card } from '../../ui/card.tsx'
import { classNames } from '../../ui/class-names.ts'
import { Notice, State } from '../../ui/notice.tsx'
import { Segmented } from '../../ui/segmented.tsx'
import { Skeleton } from '../../ui/skeleton.tsx'
import table from '../../ui/table.module.css'
import { DateTime, TimeAgo } from '../../ui/time.tsx'
import { LoadError, StaleNotice } from '../shell/states.tsx'
import styles from './api-keys.module.css'
import { isRotationDue, KeyStatus } from './key-status.tsx'
import { isUsable, useKeyUsage, type ApiKey, type Interval, type Usage } from './keys.ts'
import { bucketsOf } from './usage-buckets.ts'
import { UsageChart } from './usage-chart.tsx'

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
      <BackToKeys from={apiKey.id} />
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
          <dl className={styles.facts}>
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
          </dl>
        </div>
      </Card>
      <KeyActivity id={apiKey.id} />
    </>
  )
}

const Fact = ({ label, children }: { label: string; children: ReactNode }) => (
  <div>
    <dt>{label}</dt>
    <dd>{children}</dd>
  </div>
)

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

/** IPv4 as people write it, also where it came in by an IPv6 socket. */
const shortIp = (ip: string): string => ip.replace(/^::ffff:(?=[\d.]+$)/i, '')

/** The way back to the list; the focus goes here, as what opened this is gone. */
export function BackToKeys({ from }: { from: string }) {
  const { t } = useText()
  const link = useRef<HTMLAnchorElement>(null)
  const isOpenedHere = (useLocation().state as { isFromList?: boolean } | null)?.isFromList === true
  useEffect(() => {
    if (isOpenedHere) link.current?.focus()
  }, [isOpenedHere])
  return (
    <Link ref={link} to="?" state={{ from }} className={styles.back}>
      <ArrowLeft aria-hidden="true" />
      {t('keys.back')}
    </Link>
  )
}

function KeyActivity({ id }: { id: string }) {
  const { t } = useText()
  const [interval, setInterval] = useState<Interval>('hour')
  const usage = useKeyUsage(id, interval)
  let content
  if (usage.isPending) content = <Skeleton height={240} />
  else if (usage.data === undefined)
    content = <LoadError error={usage.error} retry={() => void usage.refetch()} />
  else if (usage.data.series.length === 0 && usage.data.recent.length === 0)
    content = (
      <State icon={<Activity aria-hidden="true" />} title={t('keys.noRequestsTitle')}>
        {t('keys.noRequests')}
      </State>
    )
  else {
    content = (
      <div className={styles.stack}>
        <UsageChart
          buckets={bucketsOf(usage.data.series, interval, usage.dataUpdatedAt)}
          interval={interval}
        />
        <RecentRequests requests={usage.data.recent} />
      </div>
    )
  }
  return (
    <>
      <StaleNotice error={usage.data && usage.error} />
      <Card
        title={t('keys.activity')}
        description={t(interval === 'hour' ? 'keys.activityHours' : 'keys.activityDays')}
        action={
          <Segmented
            legend={t('keys.span')}
            value={interval}
            options={[
              { value: 'hour', label: t('keys.hours24') },
              { value: 'day', label: t('keys.days30') },
            ]}
            onChange={setInterval}
          />
        }
      >
        {content}
      </Card>
    </>
  )
}

const toneOf = (status: number): Tone => (status >= 500 ? 'danger' : status >= 400 ? 'warning' : 'success')

function RecentRequests({ requests }: { requests: Usage['recent'] }) {
  const { t, locale } = useText()
  const time = new Intl.DateTimeFormat(locale, { dateStyle: 'short', timeStyle: 'medium' })
  const number = new Intl.NumberFormat(locale, { maximumFractionDigits: 0 })
  return (
    <section className={styles.recent} aria-label={t('keys.recent')}>
      <h3>{t('keys.recent')}</h3>
      <div className={table.scroll}>
        <table className={classNames(table.table, styles.requestTable)} aria-label={t('keys.recent')}>
          <thead>
            <tr>
              <th className={table.wideOnly}>{t('keys.time')}</th>
              <th>{t('keys.request')}</th>
              <th>{t('keys.answer')}</th>
              <th className={table.wideOnly}>{t('keys.address')}</th>
              <th className={classNames(table.wideOnly, table.end)}>{t('keys.duration')}</th>
            </tr>
          </thead>
          <tbody>
            {requests.map((request, i) => {
              const at = <time dateTime={request.at}>{time.format(new Date(request.at))}</time>
              const duration = t('keys.ms', { ms: number.format(Math.max(1, request.durationMs)) })
              return (
                // Two requests may be alike in everything that is told of them.
                // oxlint-disable-next-line react/no-array-index-key
                <tr key={`${request.at} ${i}`}>
                  <td className={classNames(table.tight, table.muted, table.wideOnly)}>{at}</td>
                  <td className={styles.route}>
                    <code>
                      <strong>{request.method}</strong> {request.route}
                    </code>
                    <span className={classNames(styles.under, table.narrowOnly)}>
                      <span>{at}</span>
                      <span>{shortIp(request.ip)}</span>
                      <span>{duration}</span>
                    </span>
                  </td>
                  <td className={table.tight}>
                    <Badge tone={toneOf(request.status)}>{request.status}</Badge>
                  </td>
                  <td className={classNames(table.tight, table.muted, table.wideOnly)}>
                    {shortIp(request.ip)}
                  </td>
                  <td className={classNames(table.tight, table.muted, table.wideOnly, table.end)}>
                    {duration}
                  </td>
                </tr>
              )
            })}
          </tbody>
        </table>
      </div>
    </section>
  )
}
