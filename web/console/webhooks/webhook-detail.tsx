import { lazy, Suspense, useEffect, useRef } from 'react'
import { ArrowLeft, KeyRound, Pencil } from 'lucide-react'
import { Link, useLocation } from 'react-router'
import { useText } from '../../locales/console.ts'
import { Button } from '../../ui/button.tsx'
import { Card } from '../../ui/card.tsx'
import { errorText } from '../../ui/errors.ts'
import { Notice } from '../../ui/notice.tsx'
import { SwitchRow } from '../../ui/switch.tsx'
import { DateTime, TimeAgo } from '../../ui/time.tsx'
import { toast } from '../../ui/toast.tsx'
import { Skeleton } from '../../ui/skeleton.tsx'
import { TestWebhook } from './test-webhook.tsx'
import { reasonOf, WebhookStatus } from './webhook-status.tsx'
import { useUpdateWebhook, type Webhook } from './webhooks.ts'
import styles from './webhooks.module.css'

// Comes when a webhook is opened: most visits end at the list.
const DeliveryLog = lazy(async () => ({ default: (await import('./delivery-log.tsx')).DeliveryLog }))

/** What of a webhook may be done next. */
export interface WebhookActions {
  onEdit: (webhook: Webhook) => void
  onReplace: (webhook: Webhook) => void
  onDelete: (webhook: Webhook) => void
}

/** One webhook in place of the list: how it stands, a test, and what was sent. */
export function WebhookDetail({ webhook, ...actions }: { webhook: Webhook } & WebhookActions) {
  const { t, locale } = useText()
  const update = useUpdateWebhook(webhook.id)
  const reason = reasonOf(webhook)
  return (
    <>
      <BackToWebhooks from={webhook.id} />
      <Card
        title={t('webhooks.one')}
        description={<code className={styles.url}>{webhook.url}</code>}
        action={
          <div className={styles.actions}>
            <Button size="small" onClick={() => actions.onEdit(webhook)}>
              <Pencil aria-hidden="true" />
              {t('webhooks.edit')}
            </Button>
            <Button size="small" onClick={() => actions.onReplace(webhook)}>
              <KeyRound aria-hidden="true" />
              {t('webhooks.replace')}
            </Button>
            <Button size="small" variant="quietDanger" onClick={() => actions.onDelete(webhook)}>
              {t('webhooks.delete')}
            </Button>
          </div>
        }
      >
        <div className={styles.stack}>
          {reason !== null && (
            <Notice tone="danger" title={t('webhooks.stoppedTitle')}>
              {t(reason)} {t('webhooks.stopped')}
            </Notice>
          )}
          <dl className={styles.facts}>
            <div>
              <dt>{t('webhooks.state')}</dt>
              <dd>
                <WebhookStatus webhook={webhook} />
              </dd>
            </div>
            <div>
              <dt>{t('webhooks.lastDelivery')}</dt>
              <dd>
                {webhook.lastDeliveryAt === null ? (
                  t('ui.never')
                ) : (
                  <TimeAgo at={webhook.lastDeliveryAt} locale={locale} />
                )}
              </dd>
            </div>
            <div>
              <dt>{t('webhooks.pending')}</dt>
              <dd>{new Intl.NumberFormat(locale).format(webhook.pendingCount)}</dd>
            </div>
            <div>
              <dt>{t('webhooks.createdAt')}</dt>
              <dd>
                <DateTime at={webhook.createdAt} locale={locale} />
              </dd>
            </div>
          </dl>
          <div>
            <p className={styles.label}>{t('webhooks.events')}</p>
            <ul className={styles.names}>
              {webhook.events.map((event) => (
                <li key={event}>
                  <code>{event}</code>
                </li>
              ))}
            </ul>
          </div>
          <SwitchRow
            label={t('webhooks.enabled')}
            hint={t('webhooks.enabledHint')}
            checked={update.isPending ? (update.variables?.enabled ?? webhook.enabled) : webhook.enabled}
            onChange={(enabled) =>
              update.mutate(
                { enabled },
                { onError: (error) => toast({ tone: 'danger', text: errorText(error, t) }) },
              )
            }
          />
          <TestWebhook webhook={webhook} />
        </div>
      </Card>
      <Suspense fallback={<Skeleton height={220} />}>
        <DeliveryLog webhook={webhook} />
      </Suspense>
    </>
  )
}

/** The way back to the list; the focus goes here, as what opened this is gone. */
export function BackToWebhooks({ from }: { from: string }) {
  const { t } = useText()
  const link = useRef<HTMLAnchorElement>(null)
  const isOpenedHere = (useLocation().state as { isFromList?: boolean } | null)?.isFromList === true
  useEffect(() => {
    if (isOpenedHere) link.current?.focus()
  }, [isOpenedHere])
  return (
    <Link ref={link} to="?" state={{ from }} className={styles.back}>
      <ArrowLeft aria-hidden="true" />
      {t('webhooks.back')}
    </Link>
  )
}
