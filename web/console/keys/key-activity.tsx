import { useState } from 'react'
import { Activity } from 'lucide-react'
import { useText } from '../../locales/console.ts'
import { Badge, type Tone } from '../../ui/badge.tsx'
import { Card } from '../../ui/card.tsx'
import { classNames } from '../../ui/class-names.ts'
import { State } from '../../ui/notice.tsx'
import { Segmented } from '../../ui/segmented.tsx'
import { Skeleton } from '../../ui/skeleton.tsx'
import table from '../../ui/table.module.css'
import { Loaded, StaleNotice } from '../shell/states.tsx'
import styles from './api-keys.module.css'
import { useKeyUsage, type Interval, type Usage } from './keys.ts'
import { bucketsOf } from './usage-buckets.ts'

import { shortIp } from './short-ip.ts'
import { UsageChart } from './usage-chart.tsx'

/** A key's requests over time, and the last ones. */
export function KeyActivity({ id }: { id: string }) {
  const { t } = useText()
  const [interval, setInterval] = useState<Interval>('hour')
  const usage = useKeyUsage(id, interval)
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
        <Loaded query={usage} skeleton={<Skeleton height={240} />}>
          {({ series, recent }) =>
            series.length === 0 && recent.length === 0 ? (
              <State icon={<Activity aria-hidden="true" />} title={t('keys.noRequestsTitle')}>
                {t('keys.noRequests')}
              </State>
            ) : (
              <div className={styles.stack}>
                <UsageChart buckets={bucketsOf(series, interval, usage.dataUpdatedAt)} interval={interval} />
                <RecentRequests requests={recent} />
              </div>
            )
          }
        </Loaded>
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
