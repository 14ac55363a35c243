import { useState } from 'react'
import { Inbox, RotateCcw, SearchX } from 'lucide-react'
import { useText, type TextKey } from '../../locales/console.ts'
import { Badge, type Tone } from '../../ui/badge.tsx'
import { Button } from '../../ui/button.tsx'
import { Card } from '../../ui/card.tsx'
import { CodeBlock } from '../../ui/copy.tsx'
import { errorText } from '../../ui/errors.ts'
import { BareSelect } from '../../ui/field.tsx'
import { MoreButton } from '../../ui/list.tsx'
import { State } from '../../ui/notice.tsx'
import { Skeleton } from '../../ui/skeleton.tsx'
import { Tabs } from '../../ui/tabs.tsx'
import { toast } from '../../ui/toast.tsx'
import { Loaded, StaleNotice } from '../shell/states.tsx'
import { useDeliveries, useRedeliver, type Delivery, type DeliveryStatus, type Webhook } from './webhooks.ts'
import styles from './webhooks.module.css'

const STATUSES = ['delivered', 'pending', 'failed'] as const
const TONES: Record<DeliveryStatus, Tone> = { delivered: 'success', pending: 'warning', failed: 'danger' }

/** What was sent to a webhook and what it answered, newest first; each can be sent again. */
export function DeliveryLog({ webhook }: { webhook: Webhook }) {
  const { t } = useText()
  const [status, setStatus] = useState<DeliveryStatus | ''>('')
  const log = useDeliveries(webhook.id, status)
  const list = log.data?.pages.flatMap((page) => page.deliveries) ?? []
  return (
    <>
      <StaleNotice error={log.data && log.error} />
      <Card
        title={t('webhooks.deliveries')}
        description={t('webhooks.deliveriesPurpose')}
        action={
          <BareSelect
            className={styles.filter}
            label={t('webhooks.state')}
            value={status}
            onChange={(event) => setStatus(STATUSES.find((one) => one === event.target.value) ?? '')}
          >
            <option value="">{t('webhooks.anyState')}</option>
            {STATUSES.map((one) => (
              <option key={one} value={one}>
                {t(`webhooks.deliveryStates.${one}`)}
              </option>
            ))}
          </BareSelect>
        }
      >
        <div className={styles.log}>
          <Loaded query={log} skeleton={<Skeleton height={160} />}>
            {() =>
              list.length > 0 ? (
                <>
                  <ol className={styles.deliveries} aria-label={t('webhooks.deliveries')}>
                    {list.map((delivery) => (
                      <DeliveryItem key={delivery.id} webhook={webhook} delivery={delivery} />
                    ))}
                  </ol>
                  <MoreButton query={log}>{t('webhooks.older')}</MoreButton>
                </>
              ) : status === '' ? (
                <State icon={<Inbox aria-hidden="true" />} title={t('webhooks.noDeliveriesTitle')}>
                  {t('webhooks.noDeliveries')}
                </State>
              ) : (
                <State
                  icon={<SearchX aria-hidden="true" />}
                  title={t('webhooks.noMatch')}
                  action={<Button onClick={() => setStatus('')}>{t('webhooks.showAll')}</Button>}
                />
              )
            }
          </Loaded>
        </div>
      </Card>
    </>
  )
}

function useDeliveryTexts() {
  const { t, locale } = useText()
  const time = new Intl.DateTimeFormat(locale, { dateStyle: 'short', timeStyle: 'medium' })
  const number = new Intl.NumberFormat(locale)
  return {
    time: (at: string) => time.format(new Date(at)),
    outcome: ({ responseStatus, error }: Pick<Delivery, 'responseStatus' | 'error'>) =>
      responseStatus === null ? (error ?? t('webhooks.notTried')) : String(responseStatus),
    duration: (ms: number | null) =>
      ms === null ? '' : t('webhooks.ms', { ms: number.format(Math.max(1, ms)) }),
  }
}

function DeliveryItem({ webhook, delivery }: { webhook: Webhook; delivery: Delivery }) {
  const { t } = useText()
  const texts = useDeliveryTexts()
  const [isOpen, setOpen] = useState(false)
  return (
    <li>
      <details className={styles.delivery} onToggle={(event) => setOpen(event.currentTarget.open)}>
        <summary>
          <span className={styles.deliveryHead}>
            <Badge tone={TONES[delivery.status]}>{t(`webhooks.deliveryStates.${delivery.status}`)}</Badge>
            <code className={styles.event}>{delivery.event}</code>
            {delivery.kind === 'redelivery' && <Badge plain>{t('webhooks.redelivery')}</Badge>}
            <span className={styles.outcome}>{texts.outcome(delivery)}</span>
            <span className={styles.small}>{texts.duration(delivery.durationMs)}</span>
            <span className={styles.small}>{t('webhooks.attempt', { number: delivery.attempt })}</span>
            <time className={styles.small} dateTime={delivery.at}>
              {texts.time(delivery.at)}
            </time>
          </span>
        </summary>
        {isOpen && <DeliveryBody webhook={webhook} delivery={delivery} />}
      </details>
    </li>
  )
}

function DeliveryBody({ webhook, delivery }: { webhook: Webhook; delivery: Delivery }) {
  const { t } = useText()
  const texts = useDeliveryTexts()
  const redeliver = useRedeliver(webhook.id)
  const { request } = delivery
  const headers = Object.entries(request.headers).map(([name, value]) => `${name}: ${value}`)
  const code = (text: string, label: TextKey, copyLabel: TextKey) => (
    <CodeBlock label={t(label)} copyLabel={t(copyLabel)} code={text} />
  )
  return (
    <div className={styles.deliveryBody}>
      {delivery.nextAttemptAt !== null && (
        <p className={styles.small}>{t('webhooks.nextTry', { when: texts.time(delivery.nextAttemptAt) })}</p>
      )}
      <Tabs
        label={t('webhooks.deliveryParts')}
        tabs={[
          {
            id: 'request',
            label: t('webhooks.request'),
            content: (
              <div className={styles.codes}>
                {code(
                  [`POST ${request.url ?? webhook.url}`, ...headers].join('\n'),
                  'webhooks.requestHeaders',
                  'webhooks.copyHeaders',
                )}
                {code(readable(request.body), 'webhooks.requestBody', 'webhooks.copyBody')}
              </div>
            ),
          },
          {
            id: 'answer',
            label: t('webhooks.answer'),
            content: (
              <div className={styles.codes}>
                <p>
                  {texts.outcome(delivery)} {texts.duration(delivery.durationMs)}
                </p>
                {delivery.response
                  ? code(delivery.response, 'webhooks.answerBody', 'webhooks.copyAnswer')
                  : delivery.responseStatus !== null && <p>{t('webhooks.testEmpty')}</p>}
              </div>
            ),
          },
          {
            id: 'tries',
            label: t('webhooks.tries', { number: delivery.attempt }),
            content: <Tries delivery={delivery} />,
          },
        ]}
      />
      <div>
        <Button
          size="small"
          busy={redeliver.isPending}
          disabled={!webhook.enabled}
          onClick={() =>
            redeliver.mutate(delivery.id, {
              onSuccess: () => toast({ text: t('webhooks.redelivering') }),
              onError: (error) => toast({ tone: 'danger', text: errorText(error, t) }),
            })
          }
        >
          <RotateCcw aria-hidden="true" />
          {t('webhooks.redeliver')}
        </Button>
      </div>
    </div>
  )
}

function Tries({ delivery }: { delivery: Delivery }) {
  const { t } = useText()
  const texts = useDeliveryTexts()
  const { attempt, responseStatus, error, durationMs, request } = delivery
  const sentAt = request.headers['X-Timestamp']
  const tries = [
    ...delivery.tries,
    ...(attempt === 0
      ? []
      : [
          {
            at: sentAt === undefined ? delivery.at : new Date(Number(sentAt)).toISOString(),
            responseStatus,
            error,
            durationMs: durationMs ?? 0,
          },
        ]),
  ]
  if (tries.length === 0) return <p>{t('webhooks.notTried')}</p>
  return (
    <ol className={styles.tries}>
      {tries.map((one) => (
        <li key={one.at}>
          <time dateTime={one.at}>{texts.time(one.at)}</time>
          <span className={styles.outcome}>{texts.outcome(one)}</span>
          <span className={styles.small}>{texts.duration(one.durationMs)}</span>
        </li>
      ))}
    </ol>
  )
}

/** JSON with line breaks to read; the text as it is where it is none. */
function readable(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2)
  } catch {
    return text
  }
}
